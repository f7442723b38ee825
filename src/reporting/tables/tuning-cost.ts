import type { Cell as PlanCell } from "../../records/plan.js";
import type { RunRecord } from "../../records/record.js";
import type { Evidence } from "../study-show.js";
import type { Experiment } from "../experiment.js";
import { sampleOf } from "../measured/sample.js";
import { cellOf, mark, numberColumn, type Cell, type Row, type Table } from "../table/table.js";
import { experimentMarks, provenanceOf, stateMarks, withOrigin } from "./origin.js";

const COLUMNS = [
  numberColumn("runs", "runs", 0),
  numberColumn("steps", "steps", 0),
  numberColumn("wall_s", "seconds", 1),
  numberColumn("ms_per_step", "ms a step", 2),
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
  const marks = held.length === 0 ? [mark("not-run", "not run")] : stateMarks(held, planned, "runs");
  const counting = held.filter(({ state }) => state === "done" || state === "diverged");
  const total = (of: (record: RunRecord) => number): number => counting.reduce((sum, record) => sum + of(record), 0);
  const steps = total(({ counts }) => counts.steps);
  const wall = total(({ timings }) => timings.wallMilliseconds) / 1000;
  const cell = (mean: number | undefined, of?: (record: RunRecord) => number): Cell =>
    cellOf({
      mean: counting.length === 0 ? undefined : mean,
      marks,
      samples: held.map((record) => sampleOf(folder, record, of?.(record))),
    });
  return [
    cell(counting.length),
    cell(steps, ({ counts }) => counts.steps),
    cell(wall, ({ timings }) => timings.wallMilliseconds / 1000),
    cell(steps === 0 ? undefined : (1000 * wall) / steps),
  ];
}
