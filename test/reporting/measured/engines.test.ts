import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../../src/core/files.js";
import type { RunRecord } from "../../../src/records/record.js";
import { readEvidence } from "../../../src/reporting/evidence.js";
import { FORMATS } from "../../../src/reporting/table/formats.js";
import { engineMarks } from "../../../src/reporting/measured/engines.js";
import { makeTable } from "../../../src/reporting/tables/make-table.js";
import { resultsJson, resultTable } from "../../../src/reporting/tables/result-table.js";
import { METRICS, measureTrials } from "../../../src/reporting/measured/trials.js";
import { CPU_ENGINE } from "../../records/fixtures.js";
import { scratchFolder } from "../../support/folder.js";
import { SHOWS } from "../../support/studies.js";

type Engine = RunRecord["engine"];
const runOf = (method: string, engine: Engine) => ({ engine, cell: { method } });
const marksOf = (...engines: Engine[]): string[] =>
  engineMarks(engines.map((engine) => runOf("sgd", engine))).map(({ text }) => text);

describe("runs of different engines", () => {
  test("alike: no mark, whatever the threads of an engine that splits no sum by them", () => {
    expect(marksOf(CPU_ENGINE, { ...CPU_ENGINE })).toEqual([]);
    const wasm: Engine = { ...CPU_ENGINE, name: "wasm", versions: { wasm: "4.22.0" } };
    expect(marksOf(wasm, { ...wasm, threads: 4 })).toEqual([]);
    const gpu: Engine = { ...CPU_ENGINE, gpu: true };
    expect(marksOf(gpu, { ...gpu, threads: 4 })).toEqual([]);
  });

  test("of other threads are counted by these", () => {
    const [text] = marksOf(CPU_ENGINE, CPU_ENGINE, { ...CPU_ENGINE, threads: 2 });
    expect(text).toContain("avx2, 1 thread: 2; ");
    expect(text).toContain("avx2, 2 threads: 1");
  });

  test.each<[string, Partial<Engine>, string]>([
    ["engine", { name: "wasm" }, "wasm 4.22.0, float32, CPU, avx2: 1"],
    ["build", { gpu: true }, "tensorflow 2.21.0, float32, GPU, avx2: 1"],
    ["library", { versions: { tensorflow: "2.20.0" } }, "tensorflow 2.20.0, float32, CPU, avx2: 1"],
    [
      "instructions",
      { kernels: { instructions: "avx512", oneDnn: true } },
      "tensorflow 2.21.0, float32, CPU, avx512: 1",
    ],
    ["oneDNN", { kernels: { instructions: "avx2", oneDnn: false } }, "avx2, without oneDNN: 1"],
    ["precision", { precision: "float64" }, "tensorflow 2.21.0, float64, CPU, avx2: 1"],
  ])("of another %s are counted by what they are", (_what, other, said) => {
    const [text] = marksOf(CPU_ENGINE, CPU_ENGINE, { ...CPU_ENGINE, ...other });
    expect(text).toContain("tensorflow 2.21.0, float32, CPU, avx2: 2");
    expect(text).toContain(said);
  });

  test.each([
    ["L2O", "l2o", "l2o/wide", "lstm", "own LSTM"],
    ["L2O's layers", "l2o", "l2o/wide", "lstmCell", "own LSTM cell"],
    ["MetaMD", "metamd", "metamd_momentum", "rankOneSolve", "own preconditioner"],
    ["K-FAC's inverses", "kfac", "kfac/short", "symmetricEigen", "own eigenvectors"],
    ["K-FAC", "kfac", "l2o", "elementwise", "own updates"],
    ["what is clipped", "kfac", "metamd_momentum", "sums", "own sums"],
  ] as const)("with an operation of our own and without are told apart where %s's numbers come from both", (...row) => {
    const [, method, relative, kernel, words] = row;
    const own: Engine = { ...CPU_ENGINE, kernels: { ...CPU_ENGINE.kernels!, [kernel]: true } };
    expect(marksOf(CPU_ENGINE, own)).toEqual([]);
    expect(engineMarks([runOf("sgd", CPU_ENGINE), runOf(method, own)])).toEqual([]);
    const [mark] = engineMarks([runOf(method, CPU_ENGINE), runOf(method, own)]);
    expect(mark?.text).toContain("avx2: 1; ");
    expect(mark?.text).toContain(`avx2, ${words}: 1`);
    expect(engineMarks([runOf(method, CPU_ENGINE), runOf(relative, own)])).toHaveLength(1);
  });

  test("on other cards are told apart, where all say theirs", () => {
    const on = (name: string): Engine => ({ ...CPU_ENGINE, gpu: true, device: { name, driver: "550.54.15" } });
    const [text] = marksOf(on("NVIDIA H100"), on("Tesla T4"), on("Tesla T4"));
    expect(text).toContain("float32, GPU NVIDIA H100, avx2: 1; ");
    expect(text).toContain("float32, GPU Tesla T4, avx2: 2");
    expect(marksOf(on("Tesla T4"), on("Tesla T4"))).toEqual([]);
    expect(marksOf(on("Tesla T4"), { ...CPU_ENGINE, gpu: true })).toEqual([]);
    expect(marksOf(CPU_ENGINE, on("Tesla T4"))[0]).toContain("CPU, avx2: 1");
  });

  test("with products of our own and without are told apart, whatever the method", () => {
    const own: Engine = { ...CPU_ENGINE, kernels: { ...CPU_ENGINE.kernels!, matMul: true } };
    expect(marksOf(own, own)).toEqual([]);
    const [text] = marksOf(CPU_ENGINE, own);
    expect(text).toContain("avx2: 1; ");
    expect(text).toContain("avx2, own products: 1");
  });

  test("a record that does not say its instructions is compared by the rest", () => {
    const { kernels, ...earlier } = CPU_ENGINE;
    expect(kernels).toBeDefined();
    expect(marksOf(CPU_ENGINE, earlier)).toEqual([]);
  });

  test("are told below the paper's tables and an experiment's own, in every format for people and in JSON", () => {
    const results = scratchFolder();
    cpSync(join(packageRoot(), "test/fixtures/results", "rotated-mnist"), join(results, "rotated-mnist"), {
      recursive: true,
    });
    const plain = readEvidence(results, SHOWS);
    expect(FORMATS.text(makeTable(plain, "table1").panels)).not.toContain("different engines");
    const [trial] = [...plain.experiments[0]!.records.values()].filter(({ cell }) => cell.phase === "trial");
    const file = join(results, "rotated-mnist", "runs", trial!.id, "record.json");
    writeFileSync(file, readFileSync(file, "utf8").replace('"name": "wasm"', '"name": "tensorflow"'));
    const mixed = readEvidence(results, SHOWS);
    const own = measureTrials(mixed.experiments[0]!, METRICS.accuracy);
    for (const format of ["text", "markdown", "latex"] as const) {
      expect(FORMATS[format](makeTable(mixed, "table1").panels)).toMatch(/[Rr]uns of different engines/);
      expect(FORMATS[format]([resultTable(own)])).toMatch(/[Rr]uns of different engines/);
    }
    expect(JSON.stringify(resultsJson(own))).toContain("runs of different engines");
  });
});
