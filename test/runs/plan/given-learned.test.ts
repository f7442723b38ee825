import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { EXIT } from "../../../src/core/errors.js";
import { sha256 } from "../../../src/core/hash.js";
import { packageRoot } from "../../../src/core/files.js";
import { loadConfig } from "../../../src/config/load.js";
import { makePlan } from "../../../src/runs/plan/make-plan.js";
import { createModel } from "../../../src/models/index.js";
import { initialise } from "../../../src/models/initialise.js";
import { everyParameter } from "../../../src/models/model.js";
import { stateDict } from "../../../src/models/torch-layout.js";
import type { Plan } from "../../../src/records/plan.js";
import type { RunRecord } from "../../../src/records/record.js";
import { NUMERICS } from "../../../src/records/numerics.js";
import { readSafetensors, writeSafetensors } from "../../../src/records/safetensors.js";
import { openRunStore } from "../../../src/records/store.js";
import { BASE, configWriter } from "../../config/fixtures.js";
import { scratchFolder, userError } from "../../support/folder.js";
import { mainIn } from "../../support/main.js";

const folder = scratchFolder();
const write = configWriter(folder);
const SMALL = BASE.replace("synthetic-rotated/15]", "synthetic-rotated/15, synthetic-rotated/30]")
  .replace("protocol: leave-one-out", "protocol: { metaTest: [synthetic-rotated/30] }\n  limits: { trainImages: 100 }")
  .replace("steps: 100", "steps: 4\n  aucWindowSteps: 1");
const LEARNS = `${SMALL}metaTraining: { metamd: { outerSteps: 2, innerSteps: 4 } }\n`;
const file = join(folder, "metamd.safetensors");
const APPLIES = `${SMALL.replace("name: small", "name: other")}learnedFiles: { metamd: ${file} }\n`;
const planOf = (text: string, ...set: string[]): Plan => makePlan(loadConfig({ config: write(text), set }), "no-data");
const refusal = (text: string, ...set: string[]): [number, string] => {
  const { exitCode, message } = userError(() => planOf(text, ...set));
  return [exitCode, message.replaceAll(folder, "FOLDER")];
};
const ONE = ["--jobs", "1"];
const run = (...args: string[]): ReturnType<typeof mainIn> => mainIn(folder, ...args, "--engine", "wasm", "--quiet");

let learned: string;
beforeAll(async () => {
  expect(await run("run", "--config", write(LEARNS), ...ONE)).toMatchObject({ code: 0, stderr: "" });
  [learned] = readdirSync(join(folder, "results", "small", "learned")) as [string];
});

describe("export", () => {
  test("copies a learned optimiser by the beginning of its id, and overwrites nothing", async () => {
    const { code, stdout } = await run("export", learned.slice(0, 6), "--to", file);
    expect([code, stdout]).toEqual([0, `${file}\n`]);
    const source = join(folder, "results", "small", "learned", learned, "optimiser.safetensors");
    expect(readFileSync(file)).toEqual(readFileSync(source));
    const again = await run("export", learned, "--to", file);
    expect(again.code).toBe(EXIT.usage);
    expect(again.stderr).toBe(
      `metamd: ${file}: it exists already\n  accepted: a new file\n  hint: name another with --to\n`,
    );
  });

  test("for PyTorch is a whole folder, or none", async () => {
    const target = join(folder, "deep", "taken-home");
    const toPytorch = (to: string): ReturnType<typeof mainIn> =>
      run("export", learned, "--format", "pytorch", "--to", to);
    expect(await toPytorch(target)).toMatchObject({ code: 0, stdout: `${target}\n` });
    const files = ["README.md", "metamd_optim.py", "optimiser.safetensors"];
    expect(readdirSync(target)).toEqual(files);
    const { tensors, metadata } = readSafetensors(join(target, "optimiser.safetensors"));
    const layers = ["fc1", "fc2"].flatMap((layer) => [`${layer}.weight/a`, `${layer}.weight/b`]);
    expect(Object.keys(tensors)).toEqual(layers);
    const [rate] = JSON.parse(metadata.rates!) as Record<string, unknown>[];
    expect(rate).toMatchObject({ method: "metamd", holdout: "synthetic-rotated/30", settings: { momentum: 0 } });
    expect([metadata.learningRate, metadata.rateFrom]).toEqual([
      String(rate!.learningRate),
      "tuned for metamd on synthetic-rotated/30",
    ]);
    const before = readFileSync(join(target, "optimiser.safetensors"));
    expect(await toPytorch(target)).toMatchObject({
      code: EXIT.usage,
      stdout: "",
      stderr: `metamd: ${target}: it exists already\n  accepted: a new folder\n  hint: name another with --to\n`,
    });
    expect(readFileSync(join(target, "optimiser.safetensors"))).toEqual(before);
    writeFileSync(join(folder, "plain"), "");
    const refused = await toPytorch(join(folder, "plain", "taken-home"));
    expect([refused.code, refused.stderr]).toEqual([EXIT.usage, expect.stringContaining("cannot be written: ENOTDIR")]);
    expect(readdirSync(join(folder, "deep"))).toEqual(["taken-home"]);
    expect((await run("export", learned, "--format", "onnx")).code).toBe(EXIT.usage);
  });

  test("names what there is where nothing fits", async () => {
    const { code, stderr } = await run("export", "zzz");
    expect(code).toBe(EXIT.usage);
    expect(stderr).toBe(
      'metamd: export in results: no learned optimisers begin with "zzz"\n' +
        `  accepted: ${learned} (small, metamd)\n  hint: metamd meta-train makes one\n`,
    );
  });
});

describe("a given learned file", () => {
  test("is applied as if it had been learned here: nothing is learned, the numbers are the same", async () => {
    const plan = planOf(APPLIES);
    expect(plan.cells.filter(({ phase }) => phase === "meta-train")).toEqual([]);
    for (const cell of plan.cells)
      expect(cell.metaTrain).toEqual(cell.method === "metamd" ? ["synthetic-rotated/0", "synthetic-rotated/15"] : []);
    expect(await run("run", "--config", write(APPLIES), ...ONE)).toMatchObject({ code: 0, stderr: "" });
    const recordsOf = (name: string): RunRecord[] => {
      const store = openRunStore(join(folder, "results"), name);
      const ids = store.plan()!.cells.filter(({ phase, method }) => phase === "trial" && method === "metamd");
      return ids.map(({ id }) => store.read(id));
    };
    const [there, here] = [recordsOf("small"), recordsOf("other")];
    expect(here).toHaveLength(2);
    expect(here.map(({ metrics }) => metrics)).toEqual(there.map(({ metrics }) => metrics));
    const given = { sha256: sha256(readFileSync(file)), run: learned, numerics: NUMERICS };
    for (const record of here) expect(record.learned).toEqual(given);
    for (const record of there) expect(record.learned).toBeUndefined();
  });

  test("of earlier numerics is applied, and every command and record says so", async () => {
    const { tensors, metadata } = readSafetensors(file);
    const { numerics, ...others } = metadata;
    expect(numerics).toBe(String(NUMERICS));
    writeSafetensors(join(folder, "earlier.safetensors"), { tensors, metadata: others });
    const config = write(APPLIES.replace("name: other", "name: earlier").replace(file, "earlier.safetensors"));
    const said =
      "learnedFiles.metamd earlier.safetensors: learned with numerics 1, before full batches; applied as it is";
    for (const command of ["plan", "run"]) {
      const { code, stderr } = await mainIn(folder, command, "--config", config, ...ONE, "--engine", "wasm");
      expect([code, stderr.split("\n")]).toEqual([0, expect.arrayContaining([said])]);
    }
    const store = openRunStore(join(folder, "results"), "earlier");
    const records = store.list().map((id) => store.read(id));
    expect(new Set(records.map((record) => record.numerics))).toEqual(new Set([NUMERICS]));
    for (const { cell, learned: applied } of records)
      expect(applied?.numerics).toBe(cell.method === "metamd" ? 1 : undefined);
  });

  test("decides run ids by its contents, of the methods that apply it alone", () => {
    const copy = join(folder, "copy.safetensors");
    writeFileSync(copy, readFileSync(file));
    const ids = (plan: Plan): string[] => plan.cells.map(({ id }) => id);
    expect(ids(planOf(APPLIES, `learnedFiles.metamd=${copy}`))).toEqual(ids(planOf(APPLIES)));
    const own = new Set(ids(planOf(LEARNS)));
    const shared = planOf(APPLIES).cells.filter(({ id }) => own.has(id));
    expect(new Set(shared.map(({ method }) => method))).toEqual(new Set(["sgd", "adam"]));
  });

  test("is refused where it does not fit, was learned on what is tested, is another method's, or is not there", () => {
    expect(refusal(APPLIES, "model.hidden=[9]")).toEqual([
      EXIT.usage,
      "FOLDER/metamd.safetensors: block of 8x784 given for layer fc1 (9x784)\n  accepted: fc1 8x784, fc2 10x8\n" +
        '  hint: set model to {"kind":"mlp","hidden":[8]}, or meta-train on this model',
    ]);
    expect(refusal(APPLIES, "suite.protocol={metaTest: [synthetic-rotated/15]}")).toEqual([
      EXIT.usage,
      "FOLDER/metamd.safetensors: learned on synthetic-rotated/15, which is tested on\n" +
        "  accepted: an optimiser that was learned on other domains\n" +
        "  hint: take synthetic-rotated/15 out of what is tested on, or another file",
    ]);
    const other = APPLIES.replace("{ metamd:", "{ metamd_short:").replace("adam, metamd]", "adam, metamd_short]");
    expect(refusal(other)).toEqual([
      EXIT.usage,
      "learnedFiles.metamd_short FOLDER/metamd.safetensors: a learned optimiser of metamd\n" +
        "  accepted: one of metamd_short\n  hint: name another file: metamd inspect shows what a file holds",
    ]);
    expect(refusal(APPLIES, "learnedFiles.metamd=none.safetensors")[0]).toBe(EXIT.data);
    expect(refusal(APPLIES, "methods=[sgd]")[1]).toContain(
      "learnedFiles.metamd: given a file, but no method applies what metamd learned",
    );
  });
});

test("fine-tuning begins with the pretrained weights and applies what was learned", async () => {
  const model = createModel({ kind: "resnet18", width: 4, freeze: "none" }, [32, 32, 3], 3);
  const values = { ...initialise(everyParameter(model), 7), ...initialise(model.statistics!, 0) };
  const weights = join(folder, "weights.safetensors");
  writeSafetensors(weights, { tensors: stateDict(model, values), metadata: {} });
  const suite = join(packageRoot(), "configs", "high-resolution.yaml");
  const smoke = ["--preset", "smoke", "--set", "model.width=4"];
  const textures = "[synthetic-textures/plain, synthetic-textures/warm, synthetic-textures/bent]";
  const drawn = ["--set", `suite.domains=${textures}`, "--set", "suite.protocol={metaTest: [synthetic-textures/bent]}"];
  const size = ["--set", "suite.image={size: 32, channels: 3}"];
  const learn = await run("meta-train", "--config", suite, ...smoke, ...drawn, ...size, "--method", "metamd", ...ONE);
  expect(learn).toMatchObject({ code: 0, stderr: "" });
  const [id] = readdirSync(join(folder, "results", "high-resolution-smoke", "learned"));
  expect((await run("export", id!)).stdout).toBe(`metamd-${id}.safetensors\n`);
  const tune = join(packageRoot(), "configs", "fine-tuning.yaml");
  const files = ["--pretrained", weights, "--set", `learnedFiles.metamd=metamd-${id}.safetensors`];
  const tuned = await run("run", "--config", tune, "--preset", "smoke", ...files, ...ONE);
  expect(tuned).toMatchObject({ code: 0, stderr: "" });
  const store = openRunStore(join(folder, "results"), "fine-tuning-smoke");
  const records = store.list().map((run) => store.read(run));
  expect(records).toHaveLength(6);
  for (const { cell, pretrained, learned } of records) {
    expect(pretrained).toEqual({ sha256: sha256(readFileSync(weights)), head: "fresh" });
    expect(learned?.run).toBe(cell.method === "metamd" ? id : undefined);
  }
});
