import { isDeepStrictEqual } from "node:util";
import { median } from "../../core/averages.js";
import { canonicalJson } from "../../core/hash.js";
import type { ResolvedConfig } from "../../config/load.js";
import { learnerOf, isLearned, type LearnerId } from "../../optimisers/index.js";
import { methodOf } from "../../config/variants.js";
import type { EngineDetails } from "../../engine/engine.js";
import { machine } from "../../records/machine.js";
import type { Cell, Plan } from "../../records/plan.js";
import type { RunRecord } from "../../records/record.js";
import { listExperiments, openRunStore, type RunStore } from "../../records/store.js";

/** What a run cost that is like a cell: milliseconds of a step with its batch, and of all else. Undefined: none is known. */
export type RecordedPrices = (cell: Cell) => { readonly step: number; readonly run: number } | undefined;

/** Records of a kind that are enough. */
const ENOUGH = 20;

/** What runs cost on this machine and engine, by the records of a results folder: those of experiments with the same
 *  domains, model and batches, and of the same method, settings and phase. */
export function recordedPrices(results: string, plan: Plan, engine: EngineDetails): RecordedPrices {
  const own = likeness(plan.config);
  const costs = new Map<string, { steps: number[]; rests: number[] }>();
  for (const experiment of listExperiments(results)) {
    const store = openRunStore(results, experiment);
    const held = experiment === plan.experiment ? plan : store.plan()!;
    if (likeness(held.config) !== own) continue;
    for (const cell of held.cells) {
      const key = keyOf(cell, held.config);
      const known = costs.get(key) ?? { steps: [], rests: [] };
      if (known.steps.length === ENOUGH) continue;
      const cost = costOf(cell, store, engine);
      if (cost === undefined) continue;
      known.steps.push(cost.step);
      known.rests.push(cost.rest);
      costs.set(key, known);
    }
  }
  return (cell) => {
    const known = costs.get(keyOf(cell, plan.config));
    return known && { step: median(known.steps), run: median(known.rests) };
  };
}

/** Text that is equal for experiments whose steps cost the same. */
function likeness(config: Plan["config"]): string {
  const { suite, model, training } = config as unknown as ResolvedConfig;
  const { domains, image, augmentation, classesPerTask } = suite;
  return canonicalJson({ domains, image, augmentation, classesPerTask, model, batchSize: training.batchSize });
}

/** Text that is equal for runs that cost the same. */
function keyOf({ phase, method }: Cell, config: Plan["config"]): string {
  const { methodSettings, metaTraining, variants } = config as unknown as Omit<ResolvedConfig, "metaTraining"> & {
    readonly metaTraining: Partial<Record<LearnerId, object>>;
  };
  const id = methodOf(method);
  const learned = phase === "meta-train" && isLearned(id) ? metaTraining[learnerOf(id)] : undefined;
  return canonicalJson({ phase, method, settings: methodSettings[id], variants, learned });
}

/** What a finished run of this machine and engine cost. */
function costOf(cell: Cell, store: RunStore, engine: EngineDetails): { step: number; rest: number } | undefined {
  if (!store.has(cell.id)) return undefined;
  const record = store.read(cell.id);
  if (record.counts.steps === 0 || !isOfHere(record, engine)) return undefined;
  const { dataMilliseconds, stepMilliseconds, wallMilliseconds } = record.timings;
  const training = dataMilliseconds + stepMilliseconds;
  // A run that was stopped and went on was begun later than it says here.
  const whole = Math.max(wallMilliseconds, Date.parse(record.finishedAt) - Date.parse(record.startedAt));
  return { step: training / record.counts.steps, rest: whole - training };
}

/** Virtual machines of one name can have processors of several kinds, and programs before this one other operations. */
const isOfHere = ({ hardware, engine: used, earlierEngines }: RunRecord, engine: EngineDetails): boolean =>
  earlierEngines === undefined &&
  isDeepStrictEqual(hardware, machine().hardware) &&
  used.name === engine.name &&
  isDeepStrictEqual(used.kernels, engine.kernels) &&
  used.threads === engine.threads &&
  used.gpu === engine.gpu;
