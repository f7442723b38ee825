import { copyFileSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { loadConfig, type ResolvedConfig } from "../../../src/config/load.js";
import { EXIT, Interrupted, UserError } from "../../../src/core/errors.js";
import { SILENT } from "../../../src/core/progress.js";
import { openDomain } from "../../../src/data/domain.js";
import { tensorCount } from "../../../src/engine/memory.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { analyse, type Examined, type SolutionAnalysis } from "../../../src/studies/shared/analyse.js";
import { planOf, subjectsOf, type Subject } from "../../../src/studies/shared/subjects.js";
import { dataOptions } from "../../../src/config/suite.js";
import { createModel } from "../../../src/models/index.js";
import { chunkSizes, imageChunks } from "../../../src/training/images.js";
import { supervised } from "../../../src/training/supervised.js";
import type { AnalysisKind, RecordOf } from "../../../src/records/analysis.js";
import { openAnalysisStore } from "../../../src/records/analysis-store.js";
import { readSafetensors } from "../../../src/records/safetensors.js";
import { evaluator } from "../../../src/training/evaluate.js";
import { configWriter } from "../../config/fixtures.js";
import { scratchFolder, userError } from "../../support/folder.js";
import { drill } from "../../support/require.js";
import { runHere, type RunHere } from "../../support/runs.js";
import { valuesOf } from "../../support/torch-noise.js";
import type { Engine } from "../../../src/engine/engine.js";
import type { landscapeKind, Landscape } from "../../../src/studies/landscape/record.js";
import { landscapeAnalysis } from "../../../src/studies/landscape/run.js";
import type { rankKind } from "../../../src/studies/rank/record.js";
import { rankAnalysis } from "../../../src/studies/rank/run.js";
import { sharpnessAnalysis } from "../../../src/studies/sharpness/run.js";

const folder = scratchFolder();
const write = configWriter(folder);
const TEXT = `name: tiny
suite:
  domains: [synthetic-rotated/0, synthetic-rotated/30]
  protocol: leave-one-out
  limits: { trainImages: 40, validationImages: 20, testImages: 30 }
  image: { size: 14, channels: 1 }
model: { kind: resnet18s, width: 1 }
training: { batchSize: 20, steps: 4, aucWindowSteps: 1 }
methods: [sgd, adam]
tuning: { space: { learningRate: [0.05], weightDecay: [0.0001] } }
trials: 2
keepWeights: true
analysis: { images: 16, lanczosSteps: 4, eigenvalues: 2, landscape: { from: -0.5, to: 0.75, points: 4 } }
`;
const configOf = (...set: string[]): ResolvedConfig => loadConfig({ config: write(TEXT), set });
const never = (): AbortSignal => new AbortController().signal;
type Here = Examined & { readonly openEngine: () => Promise<Engine> };
const look = <Kind extends AnalysisKind>(
  analysis: SolutionAnalysis<Kind>,
  subjects: readonly Subject[],
  on: Here,
  signal = never(),
  onFinished: (record: RecordOf<Kind>) => void = () => undefined,
) => analyse(analysis, subjects, on, { openEngine: on.openEngine, data: folder, signal, progress: SILENT, onFinished });

let ran: Promise<RunHere> | undefined;
/** The runs of the config, made once, and a folder of analyses of the test's own. */
async function ground(name: string, config = configOf()): Promise<Here> {
  const engine = await openNamedEngine("wasm");
  ran ??= runHere(configOf(), engine, join(folder, "runs"));
  const { plan, store } = await ran;
  return {
    config,
    plan,
    runs: store,
    analyses: openAnalysisStore(join(folder, name)),
    openEngine: () => openNamedEngine("wasm"),
  };
}
const all = ({ plan, config, runs }: Here, selection = {}) => subjectsOf(plan, config, runs, selection).chosen;

describe("analyse", () => {
  test("sharpness: one record for every trial, an eigenvector beside it, and a second time nothing is computed", async () => {
    const on = await ground("sharpness");
    const before = tensorCount();
    const finished: string[] = [];
    const first = await look(sharpnessAnalysis, all(on), on, never(), ({ id }) => void finished.push(id));
    expect(tensorCount()).toBe(before);
    expect(first).toMatchObject({ made: 8, alreadyMade: 0, failed: [] });
    expect(finished).toEqual(first.records.map(({ id }) => id));
    for (const record of first.records) {
      expect(record).toMatchObject({ images: 16, dataTag: "synthetic", configHash: on.config.hash });
      expect(record.products).toBeLessThanOrEqual(5);
      expect(record.eigenvalues).toHaveLength(2);
      const { tensors, metadata } = readSafetensors(join(on.analyses.folderOf(record.id), "eigenvector.safetensors"));
      expect(metadata).toMatchObject({ run: record.runs[0], eigenvalue: String(record.eigenvalues[0]) });
      const squares = Object.values(tensors).flatMap(({ values }) => Array.from(values, (x) => x * x));
      expect(squares.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 5);
      // |θ|² of the stored weights, running statistics left out.
      const stored = readSafetensors(on.runs.weightsFile(record.runs[0]!)).tensors;
      const trained = Object.keys(tensors).flatMap((name) => Array.from(stored[name]!.values, (x) => x * x));
      const length = trained.reduce((sum, x) => sum + x, 0);
      expect(record.scaleFreeEigenvalue / (record.eigenvalues[0]! * length)).toBeCloseTo(1, 5);
    }
    const asked = vi.fn(on.openEngine);
    const switches = { gpuMemoryGrowth: true, tf32: true, deterministic: false };
    const [subject] = all(on);
    const fresh = { ...on, analyses: openAnalysisStore(join(folder, "switched")), openEngine: asked };
    await look(sharpnessAnalysis, [subject!], { ...fresh, config: { ...on.config, engine: switches } });
    expect(asked).toHaveBeenCalledExactlyOnceWith(switches);
    const openEngine = (): never => {
      throw new Error("nothing is to be computed");
    };
    const second = await look(sharpnessAnalysis, all(on), { ...on, openEngine });
    expect(second).toEqual({ ...first, made: 0, alreadyMade: 8 });
  });

  test("landscape: makes the sharpness it needs; its loss is an evaluation of the stored weights", async () => {
    const on = await ground("landscape");
    const [subject] = all(on, { method: "adam", holdout: "30", trial: 1 });
    const { records } = await look(landscapeAnalysis, [subject!], on);
    const [record] = records as [Landscape];
    expect(on.analyses.list()).toContain(record.settings.sharpness);
    const rows = on.analyses.series<typeof landscapeKind>(record, "landscape");
    expect(rows.map(({ t }) => t)).toEqual([-0.5, expect.closeTo(-1 / 12), expect.closeTo(1 / 3), 0.75]);
    const rises = rows.map(({ loss }) => loss! - record.loss);
    expect(record.rise).toBeCloseTo(rises.reduce((sum, x) => sum + x, 0) / 4, 12);
    expect(new Set(rises).size).toBe(4);

    const engine = await openNamedEngine("wasm");
    const domain = openDomain("synthetic-rotated/30", dataOptions(on.config, folder));
    const problem = supervised(createModel(on.config.model, [14, 14, 1], 10));
    const split = await domain.split("trainAll");
    const values = valuesOf(problem, readSafetensors(on.runs.weightsFile(subject!.cell.id)).tensors);
    const evaluation = evaluator(engine, problem, chunkSizes(split));
    const { loss } = evaluation.evaluate(values, imageChunks(split, await domain.normalisation()));
    evaluation.dispose();
    expect(record.images).toBe(60);
    expect(record.loss).toBeCloseTo(loss, 6);
  });

  test("landscape along an eigenvector that is gone says how to make it again", async () => {
    const on = await ground("gone");
    const chosen = all(on, { method: "sgd", holdout: "0", trial: 0 });
    const { records } = await look(sharpnessAnalysis, chosen, on);
    rmSync(join(on.analyses.folderOf(records[0]!.id), "eigenvector.safetensors"));
    const refused = await look(landscapeAnalysis, chosen, on).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(UserError);
    expect((refused as UserError).exitCode).toBe(EXIT.data);
    expect((refused as UserError).message).toContain(`delete ${on.analyses.folderOf(records[0]!.id)}`);
  });

  test("rank: one record for every trial and split", async () => {
    const on = await ground("rank");
    const { records } = await look(rankAnalysis, all(on, { method: "sgd" }), on);
    expect(records.map(({ split, images }) => [split, images])).toEqual(
      new Array(4)
        .fill([
          ["test", 30],
          ["train", 60],
        ])
        .flat(),
    );
    for (const record of records) {
      expect(record.features).toBe(8);
      const values = on.analyses.series<typeof rankKind>(record, "singular_values").map(({ value }) => value!);
      expect(values).toHaveLength(8);
      expect(values[0]).toBe(1);
      expect(record.score).toBeCloseTo(-values.reduce((sum, x) => sum + (x > 0 ? x * Math.log(x) : 0), 0), 12);
    }
  });

  drill("an interruption keeps what is finished, and the next time goes on to the same numbers", async () => {
    const on = await ground("stopped");
    const stop = new AbortController();
    const stopped = look(sharpnessAnalysis, all(on), on, stop.signal, () => stop.abort());
    await expect(stopped).rejects.toThrow(Interrupted);
    expect(on.analyses.list()).toHaveLength(1);
    const resumed = await look(sharpnessAnalysis, all(on), on);
    expect(resumed).toMatchObject({ made: 7, alreadyMade: 1 });
    const whole = await ground("sharpness");
    const { records } = await look(sharpnessAnalysis, all(whole), whole);
    expect(resumed.records.map(({ eigenvalues }) => eigenvalues)).toEqual(
      records.map(({ eigenvalues }) => eigenvalues),
    );
  });

  test("other settings are another analysis; central products agree with exact ones in kind", async () => {
    const on = await ground("settings");
    const chosen = all(on, { method: "sgd", holdout: "0", trial: 0 });
    const one = await look(sharpnessAnalysis, chosen, on);
    const central = { ...on, config: configOf("analysis.products=central") };
    const other = await look(sharpnessAnalysis, chosen, central);
    expect(other.records[0]!.id).not.toBe(one.records[0]!.id);
    expect(other.records[0]!.settings).toMatchObject({ products: "central" });
    expect(Math.sign(other.records[0]!.eigenvalues[0]!)).toBe(1);
  });
});

describe("refuses", () => {
  test("runs without weights, all at once", async () => {
    const on = await ground("refused");
    const bare = await runHere(configOf("keepWeights=false"), await openNamedEngine("wasm"), join(folder, "bare"));
    const chosen = all(on, { method: "sgd", holdout: "0" });
    const refused = look(rankAnalysis, chosen, { ...on, runs: bare.store });
    const error: unknown = await refused.catch((thrown: unknown) => thrown);
    expect((error as UserError).exitCode).toBe(EXIT.data);
    const [one, two] = chosen.map(({ cell }) => cell.id);
    const file = (id: string | undefined): string => bare.store.weightsFile(id!);
    expect((error as UserError).message).toBe(
      `${file(one)}: missing: run ${one} (sgd, synthetic-rotated/0, trial 0) kept no weights\n` +
        `${file(two)}: missing: run ${two} (sgd, synthetic-rotated/0, trial 1) kept no weights\n` +
        "  accepted: runs made with keepWeights: true\n" +
        "  hint: set keepWeights: true, delete the folders of these runs, and metamd run makes them again",
    );
  });

  test("data that are not those of the run", async () => {
    const on = await ground("other-data");
    const chosen = all(on, { method: "sgd", holdout: "0", trial: 0 });
    const config = configOf("suite.limits.trainImages=41");
    const error: unknown = await look(rankAnalysis, chosen, { ...on, config }).catch((e: unknown) => e);
    expect((error as UserError).exitCode).toBe(EXIT.data);
    expect((error as UserError).message).toMatch(
      /^synthetic-rotated\/0, which run [0-9a-f]{16} was trained on: data of checksum [0-9a-f]{16}\n/,
    );
    expect((error as UserError).message).toContain(chosen[0]!.record.data.checksums["synthetic-rotated/0"]!);
    expect(on.analyses.list()).toEqual([]);
  });

  test("weights of another model", async () => {
    const on = await ground("other-model");
    const other = await runHere(
      configOf("model.width=2", "methods=[sgd]"),
      await openNamedEngine("wasm"),
      join(folder, "wide"),
    );
    const [subject] = all(on, { method: "sgd", holdout: "0", trial: 0 });
    const wide = other.plan.cells.find(({ phase }) => phase === "trial")!;
    rmSync(join(on.runs.runFolder(subject!.cell.id), "SHA256SUMS")); // which would refuse any other file
    const kept = `${on.runs.weightsFile(subject!.cell.id)}.kept`;
    copyFileSync(on.runs.weightsFile(subject!.cell.id), kept);
    copyFileSync(other.store.weightsFile(wide.id), on.runs.weightsFile(subject!.cell.id));
    const refused = look(rankAnalysis, [subject!], on);
    await expect(refused).rejects.toThrow(/conv1\.weight: shape \[2, 1, 3, 3\]\n {2}accepted: shape \[1, 1, 3, 3\]/);
    copyFileSync(kept, on.runs.weightsFile(subject!.cell.id));
  });

  test("plans that are not there, of another config or of earlier numerics, and unknown subjects", async () => {
    const { plan, config, runs } = await ground("unknown");
    expect(planOf(runs, config, folder)).toEqual(plan);
    expect(userError(() => planOf(runs, configOf("seed=1"), folder)).message).toContain("another plan: seed 1");
    const absent = userError(() => planOf({ ...runs, plan: () => undefined }, config, folder));
    expect([absent.exitCode, absent.faults[0]!.given]).toEqual([EXIT.usage, "no experiment in this folder"]);
    const earlier = userError(() =>
      planOf({ ...runs, plan: () => ({ ...plan, numerics: 1 }) }, configOf("seed=1"), folder),
    );
    expect([earlier.exitCode, earlier.faults[0]!.given]).toEqual([
      EXIT.usage,
      "runs of numerics 1, before full batches",
    ]);
    const refused = (selection: object): string => userError(() => subjectsOf(plan, config, runs, selection)).message;
    expect(refused({ method: "sdg" })).toContain("did you mean sgd?");
    expect(refused({ holdout: "31" })).toContain("accepted: synthetic-rotated/0, synthetic-rotated/30");
    for (const trial of [2, -1])
      expect(refused({ trial })).toBe(
        `--trial: given ${trial}\n  accepted: 0 to 1\n  hint: choose one of these, or leave --trial out`,
      );
  });

  test("where nothing is left: diverged runs are told of and left out", async () => {
    const wild = configOf("training.divergenceLoss=0.001", "methods=[sgd]");
    const { plan, store } = await runHere(wild, await openNamedEngine("wasm"), join(folder, "wild"));
    const error = userError(() => subjectsOf(plan, wild, store, {}));
    expect(error.exitCode).toBe(EXIT.data);
    expect(error.message).toBe(
      `${store.folder}: no trial to look at: 4 diverged\n` +
        "  accepted: trials that ended without diverging\n" +
        "  hint: metamd run with the same flags first, or choose others",
    );
    expect(existsSync(join(store.folder, "analyses"))).toBe(false);
  });
});
