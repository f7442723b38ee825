// Nothing that is stored was compared with what was written: an accuracy that was changed by hand stood in every table.
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.js";
import { EXIT } from "../../src/core/errors.js";
import { openNamedEngine } from "../../src/engine/open.js";
import { inspectFile } from "../../src/records/inspect.js";
import { readLearned } from "../../src/records/learned.js";
import type { Cell, Plan } from "../../src/records/plan.js";
import { readRunStates } from "../../src/records/status.js";
import { readSafetensors } from "../../src/records/safetensors.js";
import { openRunStore, type RunStore } from "../../src/records/store.js";
import { readExperiment } from "../../src/reporting/experiment.js";
import { configWriter } from "../config/fixtures.js";
import { scratchFolder, userError } from "../support/folder.js";
import { smallExperiment } from "../support/small-experiment.js";
import { runHere } from "../support/runs.js";

const folder = scratchFolder();
const NAME = "stored";
const TEXT = smallExperiment({
  name: NAME,
  suite: { limits: { trainImages: 40, validationImages: 20, testImages: 20 } },
  model: { hidden: [4] },
  training: { steps: 4, aucWindowSteps: 1 },
  methods: ["metamd"],
  metaTraining: { metamd: { outerSteps: 1, innerSteps: 2 } },
  tuning: { space: { learningRate: [0.1] } },
  keepWeights: true,
});
let whole: Plan;
let number = 0;

beforeAll(async () => {
  const config = loadConfig({ config: configWriter(folder)(TEXT) });
  ({ plan: whole } = await runHere(config, await openNamedEngine("wasm"), join(folder, "whole")));
});

/** A copy of the finished experiment to spoil. */
function copied(): { store: RunStore; results: string; of(phase: Cell["phase"]): string[] } {
  const results = join(folder, `copy-${number++}`);
  cpSync(join(folder, "whole"), results, { recursive: true });
  const of = (phase: Cell["phase"]): string[] => whole.cells.filter((cell) => cell.phase === phase).map(({ id }) => id);
  return { store: openRunStore(results, NAME), results, of };
}

function change(path: string, spoil: (bytes: Buffer) => string | Uint8Array): void {
  writeFileSync(path, spoil(readFileSync(path)));
}
const turnedBit = (bytes: Buffer): Buffer => {
  bytes[bytes.length - 2]! ^= 1;
  return bytes;
};
const CHANGED = "not what was written";

describe("what is whole", () => {
  test("is read", () => {
    const { store, results, of } = copied();
    expect(readExperiment(results, NAME).records.size).toBe(whole.cells.length);
    expect(store.curve(of("trial")[0]!)).toHaveLength(4);
    expect(readLearned(store.learnedFile(of("meta-train")[0]!)).run).toBe(of("meta-train")[0]);
    expect(Object.keys(readSafetensors(store.weightsFile(of("trial")[0]!)).tensors)).toContain("fc1.weight");
  });

  test("of an earlier program, without checksums, is read", () => {
    const { results, of } = copied();
    for (const { id } of whole.cells) rmSync(join(results, NAME, "runs", id, "SHA256SUMS"));
    rmSync(join(results, NAME, "learned", of("meta-train")[0]!, "SHA256SUMS"));
    expect(readExperiment(results, NAME).records.size).toBe(whole.cells.length);
  });
});

describe("a list of checksums", () => {
  test.each<[string, (text: string) => string]>([
    ["empty", () => ""],
    ["cut within a line", (text) => text.slice(0, 40)],
    ["cut at the end of a line", (text) => text.split("\n")[0] + "\n"],
    ["overwritten with zeros", (text) => "\0".repeat(text.length)],
    ["of another tool", (text) => text.replaceAll(/^(\w{64}) {2}(.*)$/gm, "SHA256 ($2) = $1")],
  ])("that is %s vouches for nothing: the run is refused, by tables and status", (_what, spoil) => {
    const { store, results, of } = copied();
    const id = of("trial")[0]!;
    const sums = join(store.runFolder(id), "SHA256SUMS");
    change(sums, (bytes) => spoil(String(bytes)));
    const error = userError(() => readExperiment(results, NAME).records);
    expect(error.exitCode).toBe(EXIT.data);
    expect(error.message).toContain(`${sums}: no checksum of record.json`);
    expect(error.message).toMatch(/hint: delete .*, then metamd run with the same config runs it again/);
    expect(readRunStates(store.folder).get(id)).toMatchObject({ state: "damaged" });
  });

  test("that is empty beside what was learned refuses it", () => {
    const { store, of } = copied();
    const path = store.learnedFile(of("meta-train")[0]!);
    change(join(path, "..", "SHA256SUMS"), () => "");
    expect(userError(() => readLearned(path)).message).toContain("no checksum of optimiser.safetensors");
  });
});

describe("a record", () => {
  test.each([
    { what: "an accuracy", from: /"testAccuracy": [\d.]+/, to: '"testAccuracy": 0.97' },
    { what: "a digit of the area", from: /("auc": \d\.\d+)\d/, to: "$15" },
    { what: "a space", from: "{\n", to: "{ \n" },
  ])("of which $what was changed is refused, by tables and status", ({ from, to }) => {
    const { store, results, of } = copied();
    const [id] = of("trial") as [string];
    const path = join(store.runFolder(id), "record.json");
    change(path, (bytes) => bytes.toString().replace(from, to));
    const error = userError(() => readExperiment(results, NAME).records);
    expect(error.exitCode).toBe(EXIT.data);
    expect(error.message).toContain(`${path}: ${CHANGED}`);
    expect(error.message).toContain("then metamd run with the same config runs it again");
    expect(userError(() => store.has(id)).message).toContain(CHANGED);
    expect(readRunStates(store.folder).get(id)).toMatchObject({ state: "damaged" });
  });

  test("of another cell under its id is refused, with checksums and without", () => {
    const { store, results, of } = copied();
    const [id, other] = of("trial") as [string, string];
    const path = join(store.runFolder(id), "record.json");
    const taken = readFileSync(join(store.runFolder(other), "record.json"), "utf8").replaceAll(other, id);
    writeFileSync(path, taken);
    expect(userError(() => store.read(id)).message).toContain(CHANGED);
    rmSync(join(store.runFolder(id), "SHA256SUMS"));
    const error = userError(() => readExperiment(results, NAME).records);
    expect([error.exitCode, error.faults[0]!.where]).toEqual([EXIT.data, path]);
    expect(error.message).toMatch(/the record of a run with \w+ .*\n.*, as in the plan\n.*runs it again/);
  });

  test.each(["auc", "testAccuracy", "chance"])("with a negative %s is refused", (name) => {
    const { store, of } = copied();
    const [id] = of("trial") as [string];
    rmSync(join(store.runFolder(id), "SHA256SUMS"));
    change(join(store.runFolder(id), "record.json"), (bytes) =>
      bytes.toString().replace(new RegExp(`"${name}": [\\d.e-]+`), `"${name}": -5`),
    );
    expect(userError(() => store.read(id)).message).toContain(`metrics.${name}`);
  });
});

describe("beside a record", () => {
  test("a curve that was cut, changed or swapped is refused", () => {
    const { store, of } = copied();
    const [id, other] = of("trial") as [string, string];
    const path = join(store.runFolder(id), "curve.csv");
    const curve = readFileSync(path, "utf8");
    const cut = curve.split("\n").slice(0, 3).join("\n");
    for (const spoilt of [
      `${cut}\n`,
      curve.replace("0.", "1."),
      readFileSync(join(store.runFolder(other), "curve.csv")),
    ]) {
      writeFileSync(path, spoilt);
      const error = userError(() => store.curve(id));
      expect([error.exitCode, error.faults[0]!.where]).toEqual([EXIT.data, path]);
      expect(error.message).toContain(CHANGED);
    }
  });

  test("a curve of an earlier program, without a checksum, that ends before its run is refused", () => {
    const { store, of } = copied();
    const [id] = of("trial") as [string];
    const path = join(store.runFolder(id), "curve.csv");
    rmSync(join(store.runFolder(id), "SHA256SUMS"));
    expect(store.curve(id)).toHaveLength(4);
    change(path, (bytes) => bytes.toString().split("\n").slice(0, 3).join("\n"));
    const { exitCode, message } = userError(() => store.curve(id));
    expect(exitCode).toBe(EXIT.data);
    expect(message).toContain(`${path}: cut: it ends at step 2 of 4\n`);
  });

  test("weights of which one bit turned are refused", () => {
    const { store, of } = copied();
    const path = store.weightsFile(of("trial")[0]!);
    change(path, turnedBit);
    expect(userError(() => readSafetensors(path)).message).toContain(`${path}: ${CHANGED}`);
  });

  test("a learned file of which one bit turned is refused", () => {
    const { store, of } = copied();
    const path = store.learnedFile(of("meta-train")[0]!);
    change(path, turnedBit);
    expect(userError(() => readLearned(path)).message).toContain(`${path}: ${CHANGED}`);
  });
});

describe("a plan", () => {
  const spoils: readonly [string, (plan: Plan) => object][] = [
    ["of which a run was taken out", (plan) => ({ ...plan, cells: plan.cells.slice(1) })],
    ["whose run has another seed", (plan) => ({ ...plan, cells: plan.cells.map((cell) => ({ ...cell, seed: 7 })) })],
    ["with another value of the config", (plan) => ({ ...plan, config: { ...plan.config, seed: 12345 } })],
    ["of another name", (plan) => ({ ...plan, title: "Ours wins" })],
    ["with another checksum", (plan) => ({ ...plan, checksum: "0".repeat(64) })],
  ];
  test.each(spoils)("%s is refused by its name", (_what, spoil) => {
    const { store, results } = copied();
    const path = join(store.folder, "plan.json");
    change(path, (bytes) => JSON.stringify(spoil(JSON.parse(String(bytes)) as Plan), null, 2));
    for (const read of [() => store.plan(), () => readExperiment(results, NAME), () => inspectFile(path)]) {
      const error = userError(read);
      expect(error.exitCode).toBe(EXIT.data);
      expect(error.message).toContain(`${path}: ${CHANGED}`);
      expect(error.message).toContain("hint: ");
    }
  });

  test("that is written anew in another form, or by an earlier program, without a checksum, is read", () => {
    const { store } = copied();
    const path = join(store.folder, "plan.json");
    change(path, (bytes) => JSON.stringify(JSON.parse(String(bytes))));
    expect(store.plan()).toEqual(whole);
    change(path, (bytes) => JSON.stringify({ ...(JSON.parse(String(bytes)) as object), checksum: undefined }));
    expect(store.plan()).toEqual(whole);
  });
});
