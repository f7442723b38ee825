import { EXIT, UserError } from "../../core/errors.js";
import { freeBytes } from "../../core/files.js";
import { byteSize, counted } from "../../core/wording.js";
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

/** What a run's record takes on disk besides its config and cell; a row of its curve; checksums; and the head of a learned
 *  file. Seen on real runs. */
const [RECORD_BYTES, CURVE_ROW_BYTES, SUMS_BYTES, LEARNED_BYTES] = [1900, 65, 160, 2000];
/** What a run's rows in the tables of runs, of tuning and of results take besides names; and the numerics after a row. */
const [TABLE_ROWS_BYTES, NUMERICS_BYTES] = [500, 3];
/** Spaces before every line of what lies in a record, and in a plan. */
const [IN_RECORD, IN_PLAN] = [1.1, 1.25];
/** What a file's end and a folder take: what is free is counted in these. */
const BLOCK = 4096;
/** Of an experiment: its folder, those of runs, learned files and leases, and tables besides those of runs and of curves;
 *  and of the paper's, what compares it with the paper. */
const [OWN_BLOCKS, PAPER_BLOCKS] = [9, 10];

const inBlocks = (bytes: number): number => BLOCK * Math.ceil(bytes / BLOCK);
const folderOf = (files: readonly number[]): number => files.reduce((sum, bytes) => sum + inBlocks(bytes), BLOCK);
const textBytes = (value: object): number => JSON.stringify(value, null, 2).length;

/** What runs to come take on the disk: records, curves, what is learned, weights that are kept, and the plan and the tables,
 *  which are written anew from all runs. @param all runs, those that are done included. */
export function bytesOnDisk(
  left: readonly Cell[],
  config: ResolvedConfig,
  domains: Domains,
  all: readonly Cell[] = left,
): number {
  if (left.length === 0) return 0;
  const configBytes = textBytes(config.resolved);
  const models = new Map<string, Model>();
  const modelFor = (cell: Cell): Model => {
    const key = `${cell.phase === "meta-train" ? "learned" : "trained"} ${trainedOn(cell)}`;
    const model = models.get(key) ?? modelOf({ config, domains }, cell);
    models.set(key, model);
    return model;
  };
  const written = (cell: Cell): number => {
    const record = RECORD_BYTES + IN_RECORD * (configBytes + textBytes(cell));
    if (cell.phase === "meta-train")
      return folderOf([record, BLOCK, SUMS_BYTES]) + folderOf([learnedBytes(config, cell, modelFor(cell)), SUMS_BYTES]);
    const weights = cell.phase === "trial" && config.keepWeights ? weightsBytes(modelFor(cell)) : 0;
    return folderOf([record, cellSteps(config, cell, domains) * CURVE_ROW_BYTES, SUMS_BYTES, weights]);
  };
  const curves = all.reduce((sum, cell) => sum + curveRowsBytes(config, cell, domains), 0);
  const rows = all.reduce((sum, { metaTrain }) => sum + TABLE_ROWS_BYTES + metaTrain.join(" ").length, 0);
  const plan = all.reduce((sum, cell) => sum + IN_PLAN * textBytes(cell), IN_RECORD * configBytes + RECORD_BYTES);
  const blocks = OWN_BLOCKS + (config.experiment === undefined ? 0 : PAPER_BLOCKS);
  const ofExperiment = inBlocks(curves) + inBlocks(rows) + inBlocks(plan) + blocks * BLOCK;
  return left.reduce((sum, cell) => sum + written(cell), ofExperiment);
}

/** A trial's part of `curves.csv`, whose rows begin with its names. */
function curveRowsBytes(config: ResolvedConfig, cell: Cell, domains: Domains): number {
  if (cell.phase !== "trial") return 0;
  const names = [cell.id, cell.method, cell.holdout, String(cell.trial), ""].join().length;
  return cellSteps(config, cell, domains) * (names + CURVE_ROW_BYTES + NUMERICS_BYTES);
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
  const needed = bytesOnDisk(left, config, domains, cells);
  const available = free(store.folder);
  if (needed <= available) return;
  throw new UserError(EXIT.usage, {
    where: store.folder,
    given: `${byteSize(available)} of disk space left`,
    accepted: `at least ${byteSize(needed)}: what ${counted(left.length, "run")} and the tables take`,
    hint: "free space there, or --results DIR on another disk",
  });
}
