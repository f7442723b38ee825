import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { printed as certificate } from "../../../src/studies/certificate/show.js";
import { printed as hypergradient } from "../../../src/studies/hypergradient/show.js";
import { scratchFolder } from "../../support/folder.js";

test.each([
  ["certificate", certificate],
  ["hypergradient", hypergradient],
])("%s is shown where its file cannot be written, with the reason", (name, printed) => {
  const results = scratchFolder();
  const outcome = { results, name: "study", records: [], fresh: 0 };
  const file = join(results, "study", `${name}.csv`);
  const reader = { json: false, width: undefined };
  const whole = printed(outcome, reader);
  expect(whole.notices).toEqual([{ text: expect.stringContaining(`; written: ${file}`) as string }]);

  const other = { ...outcome, name: "other" };
  mkdirSync(join(results, "other", `${name}.csv`, "folder"), { recursive: true });
  const shown = printed(other, reader);
  expect(shown.result).toBe(whole.result);
  expect(shown.notices).toEqual([
    { text: expect.stringMatching(/were done before$/) as string },
    { text: expect.stringMatching(/^shown, but not kept: .*other: cannot be written: E/) as string, always: true },
  ]);
  expect(printed(other, { ...reader, json: true }).result).toHaveProperty("file", undefined);
});
