import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { META_LEARNERS } from "../../src/meta/index.js";
import { METHOD_IDS, OPTIMISERS } from "../../src/optimisers/index.js";

const folder = join(packageRoot(), "src", "optimisers");
/** What lies beside the rules. */
const OTHERS = ["index.ts", "optimiser.ts", "shared"];

test("every rule's file, or folder, is in the table", () => {
  const table = readFileSync(join(folder, "index.ts"), "utf8");
  const rules = readdirSync(folder).filter((name) => !OTHERS.includes(name));
  for (const rule of rules) {
    const path = rule.endsWith(".ts") ? rule.replace(/\.ts$/, ".js") : `${rule}/${rule}.js`;
    expect(table).toContain(`"./${path}"`);
  }
});

test("every method that needs learned values has a meta-learner, and no other has", () => {
  const learned = METHOD_IDS.filter((id) => (OPTIMISERS[id].needs as readonly string[]).includes("learned"));
  expect(Object.keys(META_LEARNERS).sort()).toEqual(learned.sort());
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

test.each(METHOD_IDS)("docs/method-costs.md says what a step of %s costs", (id) => {
  expect(readFileSync(join(packageRoot(), "docs", "method-costs.md"), "utf8")).toContain(`\`${id}\``);
});

test.each(METHOD_IDS)("README names %s", (id) => {
  expect(readFileSync(join(packageRoot(), "README.md"), "utf8")).toContain(`\`${id}\``);
});
