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
import { listExperiments, openRunStore } from "../../records/store.js";
import { evaluationsIn } from "./cell-steps.js";

/** What a run cost that is like a cell of so many steps. Undefined: none is known. */
export type RecordedPrices = (cell: Cell, steps: number) => RecordedPrice | undefined;

export interface RecordedPrice {
  /** Milliseconds of a step with its batch. */
  readonly step: number;
  /** Milliseconds of an image of an evaluation; of meta-training 0. */
  readonly image: number;
  /** Milliseconds of all else. */
  readonly rest: number;
  /** What its process held at most, whatever it ran before. */
  readonly memoryBytes: number;
}

/** Records of a kind and an experiment that are enough; others are not read. */
const ENOUGH = 20;
/** Steps from which on a run says what others cost that are longer: the first ones compile, and compute what is seldom needed
 *  later, like K-FAC's inverses. A shorter run says it of those that are as short. */
const LONG = 300;

/** What runs cost on this machine and engine, by the records of a results folder: those that did not diverge, of experiments
 *  with the same domains, limits, model and batches, and of the same method, settings and phase. */
export function recordedPrices(results: string, plan: Plan, engine: EngineDetails): RecordedPrices {
  const own = likeness(plan.config);
  const costs = new Map<string, RecordedPrice[]>();
  for (const experiment of listExperiments(results)) {
    const store = openRunStore(results, experiment);
    const isOwn = experiment === plan.experiment;
    const readable = isOwn ? <Value>(read: () => Value): Value => read() : ifReadable;
    const held = isOwn ? plan : readable(() => alike(store.plan(), own));
    const taken = new Map<string, number>();
    for (const cell of held?.cells ?? [])
      readable(() => {
        // Of a search's rungs each has its length.
        const kind = keyOf(cell, 0, held!.config) + JSON.stringify(cell.phase === "tune" && cell.search?.steps);
        const before = taken.get(kind) ?? 0;
        if (before === ENOUGH || !store.has(cell.id)) return;
        const record = store.read(cell.id);
        const cost = costOf(cell, record, held!.config, engine);
        if (cost === undefined) return;
        const key = keyOf(cell, record.counts.steps, held!.config);
        costs.set(key, [...(costs.get(key) ?? []), cost]);
        taken.set(kind, before + 1);
      });
  }
  return (cell, steps) => {
    const ofLength = (its: number): RecordedPrice[] | undefined => costs.get(keyOf(cell, its, plan.config));
    const known = ofLength(steps) ?? ofLength(LONG);
    if (known === undefined) return undefined;
    const of = (part: keyof RecordedPrice): number[] => known.map((each) => each[part]);
    const [step, image, rest] = [median(of("step")), median(of("image")), median(of("rest"))];
    return { step, image, rest, memoryBytes: Math.max(...of("memoryBytes")) };
  };
}

/** What a file of another experiment says: undefined where it is damaged, or not of this program, which is no fault of the
 *  experiment that is planned. */
function ifReadable<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

const alike = (held: Plan | undefined, own: string): Plan | undefined =>
  held !== undefined && likeness(held.config) === own ? held : undefined;

/** Text that is equal for experiments whose steps cost the same. */
function likeness(config: Plan["config"]): string {
  const { suite, model, training } = config as unknown as ResolvedConfig;
  const { domains, limits, image, augmentation, classesPerTask } = suite;
  return canonicalJson({ domains, limits, image, augmentation, classesPerTask, model, batchSize: training.batchSize });
}

/** Text that is equal for runs that cost the same, and whose steps do. */
function keyOf({ phase, method }: Cell, steps: number, config: Plan["config"]): string {
  const { methodSettings, metaTraining, variants } = config as unknown as Omit<ResolvedConfig, "metaTraining"> & {
    readonly metaTraining: Partial<Record<LearnerId, object>>;
  };
  const id = methodOf(method);
  const learned = phase === "meta-train" && isLearned(id) ? metaTraining[learnerOf(id)] : undefined;
  const length = Math.min(steps, LONG);
  return canonicalJson({ phase, method, length, settings: methodSettings[id], variants, learned });
}

/** What a finished run of this machine and engine cost, if it says all of it. */
function costOf(
  { phase }: Cell,
  record: RunRecord,
  config: Plan["config"],
  engine: EngineDetails,
): RecordedPrice | undefined {
  const { peakMemoryBytes: memoryBytes, counts, state } = record;
  if (state !== "done" || counts.steps === 0 || memoryBytes === undefined || !isOfHere(record, engine))
    return undefined;
  const { dataMilliseconds, stepMilliseconds, evaluationMilliseconds, wallMilliseconds } = record.timings;
  const training = dataMilliseconds + stepMilliseconds;
  // A run that was stopped and went on was begun later than it says here.
  const whole = Math.max(wallMilliseconds, Date.parse(record.finishedAt) - Date.parse(record.startedAt));
  const { training: settings } = config as unknown as ResolvedConfig;
  const judged = phase === "meta-train" ? 1 : evaluationsIn(counts.steps, phase, settings) * (counts.images ?? 1);
  return {
    step: training / counts.steps,
    image: evaluationMilliseconds / judged,
    rest: whole - training - evaluationMilliseconds,
    memoryBytes,
  };
}

/** Virtual machines of one name can have processors of several kinds, or cards, and programs before this one other
 *  operations. */
const isOfHere = ({ hardware, engine: used, earlierEngines }: RunRecord, engine: EngineDetails): boolean =>
  earlierEngines === undefined &&
  isDeepStrictEqual(hardware, machine().hardware) &&
  used.name === engine.name &&
  isDeepStrictEqual(used.kernels, engine.kernels) &&
  used.threads === engine.threads &&
  used.gpu === engine.gpu &&
  used.device?.name === engine.device?.name;
