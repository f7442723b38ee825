import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { LEARNER_IDS } from "../../src/meta/index.js";
import { METHOD_IDS, OPTIMISERS } from "../../src/optimisers/index.js";

/** What lies beside the entries of a room. */
const OTHERS = {
  optimisers: ["index.ts", "optimiser.ts", "shared"],
  // MetaMD on the quadratics of Figure 1 is no learner of the table: what it learns is no method's.
  meta: ["index.ts", "meta-learner.ts", "shared", "diagonal"],
};

test.each(Object.entries(OTHERS))("every entry of %s, a file or a folder, is in the table", (room, others) => {
  const folder = join(packageRoot(), "src", room);
  const table = readFileSync(join(folder, "index.ts"), "utf8");
  const entries = readdirSync(folder).filter((name) => !others.includes(name));
  for (const entry of entries) {
    const path = entry.endsWith(".ts") ? entry.replace(/\.ts$/, ".js") : `${entry}/${entry}.js`;
    expect(table).toContain(`"./${path}"`);
  }
});

test("every learner is of a method that has its id", () => {
  for (const id of LEARNER_IDS) expect(OPTIMISERS[id].learned?.by).toBe(id);
});

const goldens = Object.fromEntries(
  readdirSync(join(packageRoot(), "test", "golden"))
    .filter((file) => file.endsWith(".json"))
    .map((file) => [file.replace(/\.json$/, ""), readFileSync(join(packageRoot(), "test", "golden", file), "utf8")]),
);
/** Check values are in a file of the method's name, or under its id in a file of several. */
const hasGolden = (id: string): boolean =>
  Object.hasOwn(goldens, id.replaceAll("_", "-")) || Object.values(goldens).some((text) => text.includes(`"${id}":`));

test.each(METHOD_IDS)("%s has check values, or is a rule that has under another id", (id) => {
  const same = METHOD_IDS.filter((other) => OPTIMISERS[other].create === OPTIMISERS[id].create);
  expect(same.some(hasGolden)).toBe(true);
});
