import { expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.js";
import { scratchFolder, userError } from "../support/folder.js";
import { writeSmallConfig } from "../support/small-config.js";

const folder = scratchFolder();
const refusal = (line: string): string =>
  userError(() => loadConfig({ config: writeSmallConfig(folder, `${line}\n`) })).message;

test.each([
  ["yes", true],
  ["Yes", true],
  ["YES", true],
  ["y", true],
  ["on", true],
  ["'true'", true],
  ["1", true],
  ["no", false],
  ["No", false],
  ["n", false],
  ["off", false],
  ["'false'", false],
  ["0", false],
])("keepWeights: %s is refused, and the hint means the same", (written, meant) => {
  expect(refusal(`keepWeights: ${written}`)).toMatch(
    new RegExp(`accepted: true, false\\n  hint: .*--set keepWeights=${meant}$`),
  );
});

test("so is it on the command line and where only true is accepted", () => {
  const config = writeSmallConfig(folder);
  const set = userError(() => loadConfig({ config, set: ["keepWeights=yes"] })).message;
  expect(set).toContain("hint: give --set keepWeights=true");
  const extend = userError(() => loadConfig({ config, set: ["tuning.extendGrid=on"] })).message;
  expect(extend).toContain("hint: give --set tuning.extendGrid=true");
});

test.each([
  ["trials: '7'", 7],
  ["trials: 1_000", 1000],
])("a number that is written as a text: %s", (line, meant) => {
  const config = writeSmallConfig(folder, `${line}\n`, "trials: 1\n");
  expect(userError(() => loadConfig({ config })).message).toContain(`--set trials=${meant}`);
});
