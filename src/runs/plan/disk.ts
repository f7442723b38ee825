import { EXIT, UserError } from "../../core/errors.js";
import { freeBytes } from "../../core/files.js";
import type { ResolvedConfig } from "../../config/load.js";
import { rowOf } from "../../config/variants.js";
import { sizeOf } from "../../engine/host.js";
import { everyParameter, type Model } from "../../models/model.js";
import { untrained } from "../../optimisers/index.js";
import type { Cell, MetaTrainCell } from "../../records/plan.js";
import type { RunStore } from "../../records/store.js";
import type { Domains } from "./available-domains.js";
import { cellSteps, trainedOn } from "./cell-steps.js";
import { modelOf } from "./prices.js";

/** What a run's record takes on disk besides its config and cell, with its checksums; a row of its curve; and the head of a
 *  learned file. Seen on real runs. */
const [RECORD_BYTES, CURVE_ROW_BYTES, LEARNED_BYTES] = [1900, 70, 2000];
/** Two spaces before every line of what lies in a record. */
const INDENTED = 1.1;

/** What runs to come write: records, curves, what is learned, and weights that are kept. */
export function bytesOnDisk(left: readonly Cell[], config: ResolvedConfig, domains: Domains): number {
  const textBytes = (value: object): number => INDENTED * JSON.stringify(value, null, 2).length;
  const configBytes = textBytes(config.resolved);
  const models = new Map<string, Model>();
  const modelFor = (cell: Cell): Model => {
    const key = `${cell.phase === "meta-train" ? "learned" : "trained"} ${trainedOn(cell)}`;
    const model = models.get(key) ?? modelOf({ config, domains }, cell);
    models.set(key, model);
    return model;
  };
  const written = (cell: Cell): number => {
    if (cell.phase === "meta-train") return learnedBytes(config, cell, modelFor(cell));
    const weights = cell.phase === "trial" && config.keepWeights ? weightsBytes(modelFor(cell)) : 0;
    return cellSteps(config, cell, domains) * CURVE_ROW_BYTES + weights;
  };
  const all = left.reduce((sum, cell) => sum + RECORD_BYTES + configBytes + textBytes(cell) + written(cell), 0);
  return Math.ceil(all);
}

/** A learned file: what the method applies, in double precision, and the initial weights where they are learned too. */
function learnedBytes(config: ResolvedConfig, { method: id }: MetaTrainCell, { parameters }: Model): number {
  const { method, learning } = rowOf(config, id);
  const { includeHead = true, learnInit = false } = learning!.settings as Partial<Record<string, boolean>>;
  const numbers = Object.entries(untrained(method, parameters)).map(([name, symbols]) => {
    const parameter = parameters[name];
    if (parameter?.head === true && !includeHead) return 0;
    const initial = learnInit && parameter !== undefined && !parameter.head ? sizeOf(parameter.shape) : 0;
    return Object.values(symbols).reduce((sum, { length }) => sum + length, initial);
  });
  return LEARNED_BYTES + Float64Array.BYTES_PER_ELEMENT * numbers.reduce((sum, count) => sum + count, 0);
}

function weightsBytes(model: Model): number {
  const specs = Object.values({ ...everyParameter(model), ...model.statistics });
  return specs.reduce((sum, { shape }) => sum + Float32Array.BYTES_PER_ELEMENT * sizeOf(shape), 0);
}

/** Refuses runs whose files the results' disk has no room for.
 *  @param free bytes left where a path lies. @throws UserError (usage) with the bytes needed. */
export function refuseFullDisk(
  cells: readonly Cell[],
  config: ResolvedConfig,
  domains: Domains,
  store: RunStore,
  free: (path: string) => number = freeBytes,
): void {
  const left = cells.filter(({ id }) => !store.has(id));
  const needed = bytesOnDisk(left, config, domains);
  const available = free(store.folder);
  if (needed <= available) return;
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  throw new UserError(EXIT.usage, {
    where: store.folder,
    given: `${megabytes(available)} of disk space left`,
    accepted: `at least ${megabytes(needed)}: what ${left.length} runs write`,
    hint: "free space there, or --results DIR on another disk",
  });
}
