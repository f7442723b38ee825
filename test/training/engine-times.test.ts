import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compared, machineInWords, readEngineTimes, type EngineTimes } from "../../src/training/engine-times.js";
import { scratchFolder, userError } from "../support/folder.js";

const folder = scratchFolder();
const written = (text: string): string => {
  const path = join(folder, "there.json");
  writeFileSync(path, text);
  return path;
};
const here: EngineTimes = {
  machine: { cpu: "AMD EPYC", cores: 2, instructions: "avx2", threads: 2 },
  engines: ["tensorflow", "wasm"],
  rows: [
    { step: "MLP", milliseconds: [2, 12] },
    { step: "ResNet18", milliseconds: [400, null] },
  ],
};
const there: EngineTimes = {
  machine: { cpu: "Xeon", cores: 16, threads: 16, gpu: "NVIDIA A100" },
  engines: ["tensorflow"],
  rows: [
    { step: "ResNet18", milliseconds: [20] },
    { step: "MLP", milliseconds: [1] },
  ],
};

test("steps and engines that both machines have are compared", () => {
  expect(compared(here, there)).toEqual([
    { step: "MLP", engine: "tensorflow", here: 2, there: 1 },
    { step: "ResNet18", engine: "tensorflow", here: 400, there: 20 },
  ]);
  expect(compared(here, { ...there, engines: ["wasm"] })).toEqual([
    { step: "MLP", engine: "wasm", here: 12, there: 1 },
  ]);
});

test("what another machine printed is read back", () => {
  expect(readEngineTimes(written(JSON.stringify(there)))).toEqual(there);
  expect(machineInWords(there)).toBe("Xeon, 16 processors, 16 threads, NVIDIA A100");
  expect(machineInWords(here)).toBe("AMD EPYC, 2 processors, avx2, 2 threads");
});

test("anything else is refused, with the command that makes it", () => {
  const path = written("{ not json");
  expect(userError(() => readEngineTimes(path)).message).toContain(
    `${path}: no JSON\n  accepted: what metamd engine bench --json printed\n` +
      `  hint: there: metamd engine bench --json > ${path}`,
  );
  expect(userError(() => readEngineTimes(written('{"engines": []}'))).message).toContain("machine: ");
});
