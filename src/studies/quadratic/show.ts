import { columns } from "../../core/columns.js";
import { analysesOf } from "../../reporting/evidence.js";
import { latest, tabulate } from "../../reporting/measured/analyses.js";
import { EMPTY_CELL, type MeasuredCell, type Measurements } from "../../reporting/measured/measurements.js";
import type { Evidence, StudyShow } from "../../reporting/study-show.js";
import { sizeOf } from "../../reporting/presets.js";
import type { Printed, Reader } from "../shared/printed.js";
import { fig1 } from "./figure.js";
import { quadraticLearning, quadraticResult, type QuadraticLearning, type QuadraticResult } from "./record.js";
import { summarise, type QuadraticOutcome, type QuadraticRow } from "./summary.js";
import { iterationsPanels } from "./table.js";

export function printed({ name, store, learned, results, fresh }: QuadraticOutcome, { json, width }: Reader): Printed {
  const rows = summarise(store, results);
  if (json) {
    const preconditioners = learned.map(({ id, family, preconditioner }) => ({ id, family, preconditioner }));
    return { result: { experiment: name, preconditioners, rows }, notices: [] };
  }
  const all = learned.length + results.length;
  return {
    result: (["tuned", "same-lr"] as const).map((variant) => iterationsTable(rows, variant, width)).join("\n\n"),
    notices: [{ text: `${fresh} analyses done, ${all - fresh} were done before` }],
  };
}

export function finishedLine(record: QuadraticLearning | QuadraticResult): string {
  if (record.kind === "quadratic-learning") {
    const m = record.preconditioner.map((entry) => entry.toPrecision(3)).join(", ");
    return `${record.family}: learned m = (${m})`;
  }
  const { family, method, variant, learningRate, meanIterations, converged, tasks } = record;
  const count = `${meanIterations.toFixed(1)} iterations, ${converged} of ${tasks} tasks converged`;
  return `${family}: ${method}, ${variant}, learning rate ${learningRate}: ${count}`;
}

const TITLES = { tuned: "Learning rates tuned", "same-lr": "The same learning rate for all" };

function iterationsTable(
  rows: readonly QuadraticRow[],
  variant: QuadraticRow["variant"],
  width: number | undefined,
): string {
  const shown = rows.filter((row) => row.variant === variant);
  const headings = ["family", "method", "learning rate", "mean", "median", "wins", "converged"];
  const cells = shown.map(({ family, method, learningRate, mean, median, wins, converged, tasks }) => [
    family,
    method,
    String(learningRate),
    mean.toFixed(1),
    String(median),
    String(wins),
    `${converged}/${tasks}`,
  ]);
  return `${TITLES[variant]}: iterations\n${columns(headings, cells, width)}`;
}

export const show: StudyShow = {
  kinds: [quadraticLearning, quadraticResult],
  tables: {
    fig1_summary: {
      title: "Iterations to converge",
      files: { fig1_summary: [] },
      command: () => "metamd quadratic --config configs/quadratic.yaml",
      panels: iterationsPanels,
    },
  },
  figures: { fig1 },
  measures: { iterations_to_converge: measureIterations },
};

/** Iterations until the stop on the test tasks of both quadratic families, each method at its tuned rate: a column per
 *  family, a pair per task. A task that was given up needs infinitely many. */
function measureIterations(evidence: Evidence): Measurements | undefined {
  const found = latest(
    analysesOf(evidence, quadraticResult).filter(({ record }) => record.variant === "tuned"),
    ({ family, method }) => `${family} ${method}`,
  );
  if (found.length === 0) return undefined;
  const families = ["top", "bottom"];
  const methods = [...new Set(found.map(({ record }) => record.method))];
  const cell = (family: string, method: string): MeasuredCell => {
    const one = found.find(({ record }) => record.family === family && record.method === method);
    if (one === undefined) return EMPTY_CELL;
    const tasks = one.store.series<typeof quadraticResult>(one.record, "tasks");
    const needed = new Map(
      tasks.map(({ task, iterations, converged }) => [String(task), converged === 1 ? iterations! : Infinity]),
    );
    return { values: needed, runs: [one.record.id] };
  };
  return {
    preset: sizeOf(found[0]!.record),
    numerics: found[0]!.record.numerics,
    columns: families.map((id) => ({ id, standIn: false })),
    rows: tabulate(methods, families, (method, family) => cell(family, method)),
  };
}
