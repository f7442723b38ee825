import { averageRanks } from "../statistics/means.js";
import { std } from "../../core/averages.js";
import { noiseOf } from "../../core/noise.js";
import { cellsAt, meanOf, meansOf, type MeasuredCell, type Measurements } from "../measured/measurements.js";
import { measure } from "./measure.js";
import { isHigherBetter, paperResults, type ClaimMetric } from "./paper-results.js";
import { methodPanels, printedSummaries, RANK_COLUMN, type NamedPanel } from "./printed.js";
import { isFullSize } from "../presets.js";
import type { Evidence } from "../study-show.js";

type CellVerdict = "match" | "above" | "below" | "lost";

/** One printed number beside ours. */
export interface CellComparison {
  /** Like "table1" or "fig1". */
  readonly table: string;
  readonly panel: string;
  /** A method, or a dataset of the table of datasets. */
  readonly row: string;
  readonly column: string;
  /** Absent where the text of the paper lost it. */
  readonly paper?: { readonly mean: number; readonly std?: number };
  readonly ours?: { readonly mean: number; readonly std?: number; readonly n: number };
  /** Of our number. */
  readonly numerics?: number;
  readonly verdict?: CellVerdict;
  /** Why there is none. */
  readonly why?: string;
}

/** How far a number may be from the printed one, besides twice both spreads. */
type Floor = (paper: number) => number;
const FLOORS: Readonly<Partial<Record<ClaimMetric, Floor>>> = {
  test_accuracy: () => 0.5,
  train_loss_auc: (paper) => 0.1 * paper,
  time_per_iteration: (paper) => 0.05 * paper,
  meta_parameter_count: () => 0,
};
/** Whose time the others are compared with. */
const REFERENCE = "sgd_momentum";

/** match: |ours − paper| ≤ 2 √(s_o² + s_p²) + floor, rounding aside, a spread that is not known counting as 0; else above or
 *  below. @internal Exported for tests. */
export function compareNumbers(
  ours: { mean: number; std?: number },
  paper: { mean: number; std?: number },
  floor: number,
): CellVerdict {
  const allowed = 2 * Math.hypot(ours.std ?? 0, paper.std ?? 0) + floor;
  const noise = noiseOf([ours.mean, paper.mean, allowed]);
  if (Math.abs(ours.mean - paper.mean) <= allowed + noise) return "match";
  return ours.mean > paper.mean ? "above" : "below";
}

/** Every printed number beside ours, by table, also those that we have no number for.
 *  @param id of one of the paper's experiments, like "E2"; absent: all. */
export function compareCells(evidence: Evidence, id?: string): CellComparison[] {
  const panels = methodPanels().filter(({ experiment }) => id === undefined || experiment === id);
  const datasets = id === undefined || id === "E5" ? datasetCells(evidence) : [];
  return [...panels.flatMap((panel) => panelCells(panel, evidence)), ...datasets].sort((a, b) =>
    a.table.localeCompare(b.table),
  );
}

type Ours = NonNullable<CellComparison["ours"]>;

function panelCells({ table, panel, experiment }: NamedPanel, evidence: Evidence): CellComparison[] {
  const measured = measure(evidence, experiment, panel.metric);
  const summaries = printedSummaries(panel);
  return Object.entries(panel.rows).flatMap(([method, cells]) =>
    panel.columns.map((column): CellComparison => {
      const head = { table, panel: panel.id, row: method, column };
      const recomputed = column === RANK_COLUMN ? summaries.get(method)!.averageRank : undefined;
      const printed = cells[column];
      const paper = recomputed === undefined ? printed && spread(printed) : { mean: recomputed };
      const found = measured && oursOf(measured, panel, method, column);
      const ours = typeof found === "object" ? found : undefined;
      const floor = column === RANK_COLUMN ? () => 1 / (panel.columns.length - 1) : FLOORS[panel.metric];
      const known = { ...head, ...(paper && { paper }), ...(ours && { ours, numerics: measured!.numerics }) };
      const why = whyNone(measured, found, floor, panel.metric, method);
      if (why !== undefined) return { ...known, why };
      if (!paper) return { ...known, verdict: "lost" };
      if (panel.metric !== "time_per_iteration")
        return { ...known, verdict: compareNumbers(ours!, paper, floor!(paper.mean)) };
      const [x, y] = [
        ratio(ours!, oursOf(measured!, panel, REFERENCE, column) as Ours),
        printedRatio(panel, method, column),
      ];
      return { ...known, verdict: compareNumbers(x, y, floor!(y.mean)) };
    }),
  );
}

/** Why a printed number gets no verdict. */
function whyNone(
  measured: Measurements | undefined,
  found: Ours | string | undefined,
  floor: Floor | undefined,
  metric: ClaimMetric,
  method: string,
): string | undefined {
  if (measured === undefined) return "not run";
  const fault = sizeFault(measured.preset);
  if (fault !== undefined) return fault;
  if (floor === undefined) return "the paper's is of one displayed task";
  if (metric === "time_per_iteration" && method === REFERENCE) return "the others are compared with it";
  if (metric === "time_per_iteration" && !measured.rows.has(REFERENCE)) return "without SGD-M there is no ratio";
  return typeof found === "string" ? found : undefined;
}

const sizeFault = (preset: string): string | undefined =>
  isFullSize(preset) ? undefined : `preset ${preset} is not of the paper's size`;

/** Our number for a printed cell, or why there is none. */
function oursOf(measured: Measurements, panel: NamedPanel["panel"], method: string, column: string): Ours | string {
  const row = measured.rows.get(method);
  if (row === undefined) return "method not run";
  if (column === RANK_COLUMN) return ourRank(measured, panel, method);
  const place = measured.columns.findIndex(({ id }) => id === columnId(panel, column));
  if (place < 0) return "column not run";
  const cell = row[place]!;
  if (measured.columns[place]!.standIn) return "stand-in data";
  if (cell.incomplete !== undefined) return cell.incomplete;
  const [centre, around] = [meanOf(cell)!, cell.summary?.std ?? std([...cell.values.values()])];
  return { mean: centre, ...(around !== undefined && { std: around }), n: cell.summary?.n ?? cell.values.size };
}

/** Our column of a printed one: its domain, or the family that a panel of figure 1 is about. */
const columnId = ({ id, metric }: NamedPanel["panel"], column: string): string =>
  metric === "iterations_to_converge" ? id : (paperResults().domains[column] ?? column);

/** The mean rank among the printed methods over the printed columns; its spread is that over the trials. */
function ourRank(measured: Measurements, panel: NamedPanel["panel"], method: string): Ours | string {
  const methods = Object.keys(panel.rows);
  const wanted = panel.columns.filter((column) => column !== RANK_COLUMN).map((column) => columnId(panel, column));
  const places = wanted.map((id) => measured.columns.findIndex((column) => column.id === id));
  const cells = methods.flatMap((one) => places.map((i) => measured.rows.get(one)?.[i]));
  if (cells.some((cell) => cell === undefined || cell.incomplete !== undefined)) return "not every cell has been run";
  if (places.some((i) => measured.columns[i]!.standIn)) return "stand-in data";
  const rankIn = (rows: Measurements["rows"]): number =>
    averageRanks(meansOf(cellsAt(rows, methods, places)), isHigherBetter(panel.metric))!.get(method)!;
  const trials = [...(cells[0] as MeasuredCell).values.keys()];
  const paired = cells.every((cell) => trials.every((trial) => cell!.values.has(trial)));
  const perTrial = paired ? trials.map((trial) => rankIn(onlyTrial(measured.rows, trial))) : [];
  const around = std(perTrial);
  return { mean: rankIn(measured.rows), ...(around !== undefined && { std: around }), n: trials.length };
}

const onlyTrial = (rows: Measurements["rows"], trial: string): Measurements["rows"] =>
  new Map(
    [...rows].map(([method, cells]) => [
      method,
      cells.map((cell) => ({ ...cell, values: new Map([...cell.values].filter(([key]) => key === trial)) })),
    ]),
  );

const spread = ({ mean, std }: { mean: number; std?: number | undefined }): { mean: number; std?: number } => ({
  mean,
  ...(std !== undefined && { std }),
});

const printedRatio = ({ rows }: NamedPanel["panel"], method: string, column: string): { mean: number; std?: number } =>
  ratio(spread(rows[method]![column]!), spread(rows[REFERENCE]![column]!));

/** A ratio of means, with the spread x̄/ȳ √((s_x/x̄)² + (s_y/ȳ)²) of the quotient. */
const ratio = (
  x: { mean: number; std?: number },
  y: { mean: number; std?: number },
): { mean: number; std: number } => ({
  mean: x.mean / y.mean,
  std: (x.mean / y.mean) * Math.hypot((x.std ?? 0) / x.mean, (y.std ?? 0) / y.mean),
});

/** The table of datasets: counts, which agree or do not. */
function datasetCells(evidence: Evidence): CellComparison[] {
  const held = measure(evidence, "E5", "dataset_statistics");
  return paperResults().tables.flatMap(({ id, panels }) =>
    panels.flatMap((panel) => {
      if (panel.metric !== "dataset_statistics") return [];
      return Object.entries(panel.rows).flatMap(([dataset, cells]) => {
        const row = held?.rows.get(paperResults().domains[dataset]!);
        const numberOf = (id: string): number => meanOf(row![held!.columns.findIndex((one) => one.id === id)]!)!;
        return (["train", "test", "classes"] as const).map((column): CellComparison => {
          const head = { table: id, panel: panel.id, row: dataset, column, paper: { mean: cells[column] } };
          if (row === undefined) return { ...head, why: "not run" };
          const both = column === "train" && !Object.hasOwn(panel.train_without_validation, dataset);
          const ours = { mean: numberOf(column) + (both ? numberOf("validation") : 0), n: 1 };
          const why = row[0]!.incomplete ?? sizeFault(held!.preset);
          const known = { ...head, ours, numerics: held!.numerics };
          if (why !== undefined) return { ...known, why };
          return { ...known, verdict: compareNumbers(ours, head.paper, 0) };
        });
      });
    }),
  );
}
