import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT, Interrupted } from "../../../src/core/errors.js";
import { sha256 } from "../../../src/core/hash.js";
import { loadConfig, type ResolvedConfig } from "../../../src/config/load.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import type { Outcome } from "../../../src/runs/ledger.js";
import { execute, type Ground } from "../../../src/runs/local/execute.js";
import { inThisProcess } from "../../../src/runs/local/in-process.js";
import { makePlan } from "../../../src/runs/plan/make-plan.js";
import { createModel } from "../../../src/models/index.js";
import { initialise } from "../../../src/models/initialise.js";
import { stateDict } from "../../../src/models/torch-layout.js";
import { writeSafetensors } from "../../../src/records/safetensors.js";
import { openLeases } from "../../../src/records/leases.js";
import { openRunStore, type RunStore } from "../../../src/records/store.js";
import type { Plan } from "../../../src/records/plan.js";
import { configWriter } from "../../config/fixtures.js";
import { openedDomains } from "../../support/domains.js";
import { scratchFolder, userError } from "../../support/folder.js";
import { drill } from "../../support/require.js";

const folder = scratchFolder();
const dataFolder = join(folder, "datasets");
const write = configWriter(folder);
const TEXT = `name: tiny
suite:
  domains: [synthetic-rotated/0, synthetic-rotated/30]
  protocol: { metaTest: [synthetic-rotated/30] }
  limits: { trainImages: 40, validationImages: 20, testImages: 20 }
model: { kind: resnet18s, width: 1 }
training: { batchSize: 20, steps: 3, evalEvery: 2, aucWindowSteps: 1 }
methods: [metamd, sgd]
metaTraining: { metamd: { outerSteps: 1, innerSteps: 2 } }
tuning: { seeds: 1, space: { learningRate: [0.1], weightDecay: [0.0001] } }
trials: 2
`;

/** Weights of the small net for so many classes. */
function weights(name: string, seed: number, classes = 10): string {
  const model = createModel({ kind: "resnet18s", width: 1, freeze: "none" }, [28, 28, 1], classes);
  const path = join(folder, name);
  const drawn = initialise({ ...model.parameters, ...model.statistics }, seed);
  const values = Object.fromEntries(Object.entries(drawn).map(([key, held]) => [key, Float32Array.from(held)]));
  writeSafetensors(path, { tensors: stateDict(model, values), metadata: {} });
  return path;
}
const config = (...set: string[]): ResolvedConfig => loadConfig({ config: write(TEXT), set });
const from = (path: string, ...set: string[]): ResolvedConfig => config(`model.pretrained=${path}`, ...set);

let number = 0;
const groundOf = (resolved: ResolvedConfig, store: RunStore): Ground => ({
  config: resolved,
  domains: openedDomains(resolved, dataFolder),
  store,
  leases: openLeases(store.folder),
});
interface Ran {
  readonly plan: Plan;
  readonly store: RunStore;
  readonly outcome: Outcome;
}
async function run(resolved: ResolvedConfig): Promise<Ran> {
  const plan = makePlan(resolved, dataFolder);
  const store = openRunStore(join(folder, String(number++)), "tiny");
  const executor = inThisProcess(plan, resolved, store, await openNamedEngine("wasm"), dataFolder);
  const progress = { begin: () => undefined, at: () => undefined, end: () => undefined };
  try {
    const outcome = await execute(
      plan.cells,
      groundOf(resolved, store),
      executor,
      progress,
      new AbortController().signal,
    );
    return { plan, store, outcome };
  } finally {
    executor.close();
  }
}
const trials = ({ plan, store }: Ran, method: string): { losses: unknown[]; record: ReturnType<RunStore["read"]> }[] =>
  plan.cells
    .filter((cell) => cell.phase === "trial" && cell.method === method)
    .map(({ id }) => ({ losses: store.curve(id).map(({ trainLoss }) => trainLoss), record: store.read(id) }));
const ids = (resolved: ResolvedConfig): string[] => makePlan(resolved, dataFolder).cells.map(({ id }) => id);

describe("pretrained weights in an experiment", () => {
  test("every run begins with them, and its record says with which", async () => {
    const path = weights("run.safetensors", 5);
    const ran = await run(from(path, "training.batchSize=60"));
    expect(ran.outcome).toMatchObject({ done: 7, failed: [] });
    // A trial's batch is all 60 images: with the same weights all trials begin with the same loss, but for rounding.
    const [one, two] = trials(ran, "sgd");
    expect(one!.losses[0]).toBeCloseTo(two!.losses[0] as number, 4);
    for (const { id } of ran.plan.cells)
      expect(ran.store.read(id).pretrained).toEqual({ sha256: sha256(readFileSync(path)), head: "taken" });
    const [fresh] = trials(await run(config("training.batchSize=60")), "sgd");
    expect(fresh!.record.pretrained).toBe(undefined);
    expect(Math.abs((fresh!.losses[0] as number) - (one!.losses[0] as number))).toBeGreaterThan(1e-3);
  });

  test("a classifier for other classes stays fresh, and the record says so", async () => {
    const ran = await run(from(weights("classes.safetensors", 5, 7), "methods=[sgd]"));
    expect(trials(ran, "sgd").map(({ record }) => record.pretrained?.head)).toEqual(["fresh", "fresh"]);
  });

  test("another file is another run; the same contents under another name are not", () => {
    const first = weights("first.safetensors", 1);
    const copy = join(folder, "copy.safetensors");
    copyFileSync(first, copy);
    const held = ids(from(first));
    expect(ids(from(copy))).toEqual(held);
    expect(ids(from(weights("second.safetensors", 2))).filter((id) => held.includes(id))).toEqual([]);
    expect(ids(config()).filter((id) => held.includes(id))).toEqual([]);
  });

  test("a frozen backbone is another run too, and it trains", async () => {
    const path = weights("frozen.safetensors", 3);
    const frozen = from(path, "model.freeze=backbone");
    expect(ids(frozen).filter((id) => ids(from(path)).includes(id))).toEqual([]);
    const ran = await run(frozen);
    expect(ran.outcome).toMatchObject({ done: 7, diverged: 0, failed: [] });
  });

  test("a file that is missing, damaged or of another model ends the plan", () => {
    const fault = (path: string): string => {
      const error = userError(() => makePlan(from(path), dataFolder));
      expect(error.exitCode).toBe(EXIT.data);
      return error.message.replaceAll(path, "FILE");
    };
    expect(fault(join(folder, "absent.safetensors"))).toContain("model.pretrained FILE: cannot be read: ENOENT");
    const damaged = join(folder, "damaged.safetensors");
    writeFileSync(damaged, "damaged");
    expect(fault(damaged)).toContain("FILE: 7 bytes");
    const other = createModel({ kind: "mlp", hidden: [2] }, [28, 28, 1], 10);
    const path = join(folder, "mlp.safetensors");
    writeSafetensors(path, { tensors: stateDict(other, initialise(other.parameters, 0)), metadata: {} });
    expect(fault(path)).toContain("FILE conv1.weight: missing");
  });
});

drill("a run of a net with running statistics that is stopped and gone on gives the same numbers", async () => {
  const resolved = config("methods=[sgd]", "training.steps=20", "trials=1");
  const whole = await run(resolved);
  const plan = makePlan(resolved, dataFolder);
  const store = openRunStore(join(folder, "stopped"), "tiny");
  const executor = inThisProcess(plan, resolved, store, await openNamedEngine("wasm"), dataFolder);
  const go = async (stopAt: number): Promise<void> => {
    const stop = new AbortController();
    const progress = {
      begin: () => undefined,
      at: (steps: number) => (steps === stopAt ? stop.abort() : undefined),
      end: () => undefined,
    };
    await execute(plan.cells, groundOf(resolved, store), executor, progress, stop.signal);
  };
  await expect(go(25)).rejects.toThrow(Interrupted);
  await go(-1);
  executor.close();
  const [undisturbed, resumed] = [trials(whole, "sgd")[0]!, trials({ ...whole, plan, store }, "sgd")[0]!];
  expect(resumed.losses).toEqual(undisturbed.losses);
  expect(resumed.record.metrics).toEqual(undisturbed.record.metrics);
});
