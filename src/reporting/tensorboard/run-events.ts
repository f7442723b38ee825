import type { CurveRow } from "../../records/curve.js";
import type { Cell } from "../../records/plan.js";
import type { RunRecord } from "../../records/record.js";
import { eventFile, type Scalar, type Session } from "./event-file.js";

/** The names of a training run's columns; those of a meta-training keep theirs, below "meta-training/". */
const TAGS: Readonly<Record<string, string>> = {
  trainLoss: "loss/train",
  validationAccuracy: "accuracy/validation",
  testAccuracy: "accuracy/test",
};
/** Columns that say when, not what. */
const AXES = new Set(["step", "outerStep", "epoch", "wallMilliseconds"]);
const FINAL = {
  "final/test_accuracy": "testAccuracy",
  "final/validation_accuracy": "validationAccuracy",
  "final/auc": "auc",
  "final/train_loss": "finalTrainLoss",
} as const satisfies Record<string, keyof RunRecord["metrics"]>;

/** A run's curve, hyper-parameters and final metrics as an event file. */
export function runEvents(record: RunRecord, curve: readonly CurveRow[]): Uint8Array {
  const [startSeconds, endSeconds] = [record.startedAt, record.finishedAt].map((time) => Date.parse(time) / 1000);
  const session: Session = { parameters: parametersOf(record), startSeconds: startSeconds!, endSeconds: endSeconds! };
  return eventFile(session, scalarsOf(record, curve, session));
}

/** Where a run's events are, below the folder of all: TensorBoard shows it as the run's name. Weight decay and point are
 *  part of it through the id alone. */
export function runName(experiment: string, cell: Cell): string {
  const flat = (domain: string): string => domain.replaceAll("/", "-");
  const learnedOn = (cell.holdout && `without-${flat(cell.holdout)}`) ?? "given-domains";
  const on = cell.phase === "meta-train" ? learnedOn : flat(cell.holdout);
  const which = cell.phase === "trial" ? `trial-${cell.trial}` : `seed-${cell.seed}`;
  return [experiment, cell.phase, cell.method, on, `${which}-${cell.id}`].join("/");
}

function* scalarsOf(
  record: RunRecord,
  curve: readonly CurveRow[],
  { startSeconds, endSeconds }: Session,
): Generator<Scalar> {
  for (const row of curve) {
    const step = row["step"] ?? row["outerStep"] ?? 0;
    const wallTime = startSeconds + (row["wallMilliseconds"] ?? 0) / 1000;
    for (const [name, value] of Object.entries(row))
      if (value !== undefined && !AXES.has(name))
        yield { tag: TAGS[name] ?? `meta-training/${name}`, value, step, wallTime };
  }
  for (const [tag, metric] of Object.entries(FINAL)) {
    const value = record.metrics[metric];
    if (value !== undefined) yield { tag, value, step: record.counts.steps, wallTime: endSeconds };
  }
}

/** What tells runs of an experiment apart, and what a reader asks for first. */
function parametersOf({ cell, preset, state, selected, config, engine, experiment }: RunRecord): Session["parameters"] {
  const { model, training, methodSettings } = config as {
    readonly model?: { readonly kind?: string };
    readonly training?: { readonly batchSize?: number };
    readonly methodSettings?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  const all: Readonly<Record<string, unknown>> = {
    experiment,
    preset,
    phase: cell.phase,
    method: cell.method,
    holdout: cell.holdout,
    trial: cell.phase === "trial" ? cell.trial : undefined,
    seed: cell.seed,
    state,
    learning_rate: selected?.learningRate,
    weight_decay: selected?.weightDecay,
    model: model?.kind,
    batch_size: training?.batchSize,
    engine: engine.name,
    ...prefixed(methodSettings?.[cell.method] ?? {}),
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, number | string | boolean] =>
      ["number", "string", "boolean"].includes(typeof entry[1]),
    ),
  );
}

const prefixed = (settings: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(settings).map(([key, value]) => [`settings.${key}`, value]));
