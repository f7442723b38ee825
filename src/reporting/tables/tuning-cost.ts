import { join } from "node:path";
import type { Cell as PlanCell } from "../../records/plan.js";
import type { RunRecord } from "../../records/record.js";
import type { Evidence } from "../study-show.js";
import type { Experiment } from "../experiment.js";
import { mark, type Cell, type Column, type Mark, type Row, type Sample, type Table } from "../table/table.js";
import { experimentMarks, provenanceOf, withOrigin } from "./origin.js";

const column = (id: string, title: string, decimals: number): Column => ({
  id,
  title,
  kind: "measured",
  decimals,
});
const COLUMNS = [
  column("runs", "runs", 0),
  column("steps", "steps", 0),
  column("wall_s", "seconds", 1),
  column("ms_per_step", "ms a step", 2),
];

/** What tuning every method cost: runs, steps and wall time of its tuning runs, over all holdouts; a panel per experiment. */
export function tuningCostPanels({ experiments }: Evidence): Table[] {
  return experiments.filter(({ plan }) => plan.cells.some(isTuning)).map((one) => withOrigin(tuningCost(one)));
}

const isTuning = ({ phase }: PlanCell): boolean => phase === "tune";

function tuningCost(experiment: Experiment): Table {
  const { plan, records } = experiment;
  const byMethod = new Map<string, { planned: number; held: RunRecord[] }>();
  for (const cell of plan.cells.filter(isTuning)) {
    const of = byMethod.get(cell.method) ?? { planned: 0, held: [] };
    const record = records.get(cell.id);
    if (record !== undefined) of.held.push(record);
    byMethod.set(cell.method, { ...of, planned: of.planned + 1 });
  }
  const rows = plan.methods.map(({ id, title }): Row => {
    const { planned, held } = byMethod.get(id) ?? { planned: 0, held: [] };
    return { id, title, inPaper: true, marks: [], cells: cellsOf(plan.experiment, planned, held) };
  });
  return {
    id: `tuning-cost_${plan.experiment}`,
    caption: `Cost of tuning: ${plan.title ?? plan.experiment}`,
    experiment: typeof plan.config.experiment === "string" ? plan.config.experiment : "",
    provenance: provenanceOf(experiment),
    rowName: "method",
    namesExperiment: true,
    columns: COLUMNS,
    rows,
    marks: experimentMarks(experiment),
    definition:
      "Sums over the tuning runs of all holdouts, failed ones left out; runs that ran side by side count in full.",
  };
}

function cellsOf(folder: string, planned: number, held: readonly RunRecord[]): Cell[] {
  const count = (state: RunRecord["state"]): number => held.filter((record) => record.state === state).length;
  const counted = (kind: Mark["kind"], n: number, what: string): Mark[] =>
    n === 0 ? [] : [mark(kind, `${n} of ${planned} runs ${what}`)];
  const marks =
    held.length === 0
      ? [mark("not-run", "not run")]
      : [
          ...counted("diverged", count("diverged"), "diverged"),
          ...counted("failed", count("failed"), "failed"),
          ...counted("skipped", count("skipped"), "skipped"),
          ...counted("partial", planned - held.length, "not run"),
        ];
  const counting = held.filter(({ state }) => state === "done" || state === "diverged");
  const total = (of: (record: RunRecord) => number): number => counting.reduce((sum, record) => sum + of(record), 0);
  const steps = total(({ counts }) => counts.steps);
  const wall = total(({ timings }) => timings.wallMilliseconds) / 1000;
  const cell = (mean: number | undefined, of?: (record: RunRecord) => number): Cell => ({
    mean: counting.length === 0 ? undefined : mean,
    std: undefined,
    marks,
    paper: undefined,
    samples: held.map((record): Sample => sampleOf(folder, record, of?.(record))),
  });
  return [
    cell(counting.length),
    cell(steps, ({ counts }) => counts.steps),
    cell(wall, ({ timings }) => timings.wallMilliseconds / 1000),
    cell(steps === 0 ? undefined : (1000 * wall) / steps),
  ];
}

const sampleOf = (folder: string, record: RunRecord, value: number | undefined): Sample => ({
  kind: "run",
  id: record.id,
  file: join(folder, "runs", record.id, "record.json"),
  state: record.state,
  value,
  seed: record.cell.seed,
  ...(record.selected && {
    learningRate: record.selected.learningRate,
    weightDecay: record.selected.weightDecay,
  }),
});
