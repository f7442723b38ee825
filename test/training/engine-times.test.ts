import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  apart,
  compared,
  inWords,
  machineInWords,
  readEngineTimes,
  type EngineTimes,
} from "../../src/training/engine-times.js";
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
      `  hint: there: metamd engine bench --json > bench.json`,
  );
});

test("the command never writes over the file that is refused", () => {
  const path = join(scratchFolder(), "bench.json");
  writeFileSync(path, "# Read me");
  expect(userError(() => readEngineTimes(path)).message).toMatch(/--json > there\.json$/);
});

const refusal = (value: unknown): string => userError(() => readEngineTimes(written(JSON.stringify(value)))).message;
const withTimes = (...milliseconds: unknown[]): unknown => ({ ...there, rows: [{ step: "MLP", milliseconds }] });
const TIME = "accepted: milliseconds, from 1e-6 to 1e9, or null";

test.each<[string, unknown, string, string]>([
  ["nothing", null, "there.json: given null", "accepted: a mapping with machine, engines and rows"],
  ["a list", [], "there.json: given []", "accepted: a mapping with machine, engines and rows"],
  ["no machine", { ...there, machine: undefined }, "machine: missing", "accepted: a mapping with cpu, cores and thre"],
  ["no engine", { ...there, engines: [] }, "engines: given []", "accepted: at least one engine"],
  [
    "an engine twice",
    { ...there, engines: ["wasm", "wasm"] },
    'engines[1]: given "wasm"',
    "accepted: every engine once",
  ],
  ["no step", { ...there, rows: [] }, "rows: given []", "accepted: at least one step"],
  ["a step twice", { ...there, rows: [there.rows[0], there.rows[0]] }, 'rows[1].step: given "Re', "every step once"],
  ["processors below 1", { ...there, machine: { ...there.machine, cores: -5 } }, "machine.cores: given -5", "from 1"],
  ["a time of 0", withTimes(0), "rows[0].milliseconds[0]: given 0", TIME],
  ["a time below 0", withTimes(-5), "rows[0].milliseconds[0]: given -5", TIME],
  ["a time that is next to 0", withTimes(1e-300), "rows[0].milliseconds[0]: given 1e-300", TIME],
  ["a time that is a text", withTimes("2.8"), 'rows[0].milliseconds[0]: given "2.8"', TIME],
  ["fewer times than engines", withTimes(), "rows[0].milliseconds: given []", "accepted: 1 time, one for each of tens"],
  [
    "more times than engines",
    withTimes(1, 2),
    "rows[0].milliseconds: given [1,2]",
    "accepted: 1 time, one for each of",
  ],
])("times of another machine with %s are refused in our own words", (_name, value, given, accepted) => {
  const message = refusal(value);
  expect(message).toContain(given);
  expect(message).toContain(accepted);
  expect(message).toMatch(/\n {2}hint: there: metamd engine bench --json > bench\.json$/);
  expect(message).not.toMatch(/Invalid|expected/);
});

test("a time of too many digits is refused", () => {
  const path = written(JSON.stringify(withTimes(1)).replace("[1]", "[1e999]"));
  expect(userError(() => readEngineTimes(path)).message).toContain("rows[0].milliseconds[0]: given Infinity");
});

test("every fault is told at once", () => {
  const message = refusal({ ...there, rows: [{ step: 3, milliseconds: [0] }] });
  expect(message).toContain("rows[0].step: given 3\n  accepted: a text");
  expect(message).toContain("rows[0].milliseconds[0]: given 0");
});

test("names from another machine stay on their line", () => {
  const evil = { ...there, machine: { ...there.machine, cpu: "Xe\u001b[31m\non", gpu: "A\t100" } };
  expect(machineInWords(evil)).toBe("Xe\\x1b[31m\\non, 16 processors, 16 threads, A\\t100");
  expect(inWords([{ step: "a\nb", engine: "c\td" }])).toBe("a\\nb (c\\td)");
});

describe("before anything is timed", () => {
  const timed = [
    { step: "MLP", engine: "tensorflow" },
    { step: "MLP", engine: "wasm" },
    { step: "ResNet18", engine: "tensorflow" },
  ];

  test("it is known what one machine alone has", () => {
    const other = { step: "LeNet", milliseconds: [3, 7] };
    const more = { ...there, engines: ["tensorflow", "jax"], rows: [{ step: "MLP", milliseconds: [1, null] }, other] };
    expect(apart(timed, more, "there.json")).toEqual({
      onlyHere: [timed[1], timed[2]],
      onlyThere: [
        { step: "LeNet", engine: "tensorflow" },
        { step: "LeNet", engine: "jax" },
      ],
    });
    expect(apart(timed, here, "there.json")).toEqual({ onlyHere: [], onlyThere: [] });
  });

  test.each<[string, EngineTimes, string]>([
    ["step", { ...there, rows: [{ step: "MLP (old)", milliseconds: [1] }] }, ", but MLP (old) (tensorflow)"],
    ["engine", { ...there, engines: ["jax"] }, ", but ResNet18 (jax); MLP (jax)"],
    ["time", { ...there, rows: [{ step: "MLP", milliseconds: [null] }] }, ""],
  ])("no common %s is refused", (_name, other, found) => {
    expect(userError(() => apart(timed, other, "there.json")).message).toBe(
      `there.json: nothing that is timed here${found}\n` +
        "  accepted: at least one of MLP (tensorflow); MLP (wasm); ResNet18 (tensorflow)\n" +
        "  hint: time both machines with the same version of metamd, and with an engine that both have",
    );
  });
});
