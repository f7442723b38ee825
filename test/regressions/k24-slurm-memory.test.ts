import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadSlurmSettings } from "../../src/config/slurm-settings.js";
import { scratchFolder, userError } from "../support/folder.js";

const path = join(scratchFolder(), "slurm.yaml");
const memory = (text: string): string | undefined => {
  writeFileSync(path, `memory: ${text}\n`);
  return loadSlurmSettings(path).memory;
};

test.each([
  ["16000", "16000"],
  ['"16000"', "16000"],
  ["16G", "16G"],
  ["1e3", "1000"],
])("memory: %s is --mem=%s: a number means megabytes, as sbatch has it", (written, taken) => {
  expect(memory(written)).toBe(taken);
});

test.each(["0", "-5", "1.5", "16GB", "lots", "12345678901234567890"])("memory: %s is refused", (written) => {
  const { exitCode, message } = userError(() => memory(written));
  expect(exitCode).toBe(2);
  expect(message).toContain(`${written.replace(/[A-Za-z]+/, (name) => name)}`);
  expect(message).toContain("accepted: megabytes, or a number with K, M, G or T, like 16G");
});
