import type { VNode } from "preact";
import { duration } from "../../../core/duration.js";
import { groupBy } from "../../../core/group.js";
import type { Experiment } from "../../experiment.js";
import { allTriedPoints, type TriedPoint } from "../../tuning-trace.js";
import { DataTable, Section, type Row } from "../elements.js";

/** What tuning chose for every method on every dataset, and what it cost. */
export function Tuning({ experiments }: { experiments: readonly Experiment[] }): VNode {
  const tuned = experiments
    .map(({ plan, records }) => ({ plan, points: allTriedPoints(plan, (id) => records.get(id)) }))
    .filter(({ points }) => points.length > 0);
  return (
    <Section id="tuning" title="Tuning and its cost">
      {tuned.length === 0 && <p>Nothing was tuned.</p>}
      {tuned.map(({ plan, points }) => (
        <DataTable
          id={`tuning-${plan.experiment}`}
          caption={`${plan.experiment}: the point of every search with the best validation accuracy, and the cost of all of its points`}
          columns={COLUMNS}
          rows={searches(points).map(rowOf)}
          notes={
            points.some(onEdge)
              ? [{ letter: "a", text: "On the edge of the searched space: the best may lie outside." }]
              : []
          }
        />
      ))}
    </Section>
  );
}

const COLUMNS = [
  { title: "Method" },
  { title: "Dataset" },
  { title: "Learning rate", numeric: true },
  { title: "Weight decay", numeric: true },
  { title: "Validation accuracy %", numeric: true },
  { title: "Points", numeric: true },
  { title: "Runs", numeric: true },
  { title: "Diverged", numeric: true },
  { title: "Steps", numeric: true },
  { title: "Time", numeric: true },
];

const searches = (points: readonly TriedPoint[]): TriedPoint[][] => {
  const bySearch = groupBy(points, ({ method, holdout }) => `${holdout} ${method}`);
  return [...bySearch.values()];
};

function rowOf(points: readonly TriedPoint[]): Row {
  const winner = points.find((point) => point.winner);
  const sum = (of: (point: TriedPoint) => number): number => points.reduce((total, point) => total + of(point), 0);
  const seconds = sum(({ wallMilliseconds }) => wallMilliseconds) / 1000;
  const [runs, diverged, steps] = [sum((one) => one.runs.length), sum((one) => one.diverged), sum((one) => one.steps)];
  const letters = winner !== undefined && onEdge(winner) ? ["a"] : [];
  const accuracy = winner === undefined ? undefined : 100 * winner.accuracy;
  return {
    method: points[0]!.method,
    cells: [
      { shown: points[0]!.title },
      { shown: points[0]!.holdout },
      { shown: short(winner?.point.learningRate), value: winner?.point.learningRate, letters },
      { shown: short(winner?.point.weightDecay), value: winner?.point.weightDecay },
      { shown: accuracy?.toFixed(2) ?? "-", value: accuracy },
      ...[points.length, runs, diverged, steps].map((value) => ({ shown: value, value })),
      { shown: duration(seconds), value: seconds },
    ],
  };
}

const onEdge = ({ winner, runs }: TriedPoint): boolean => winner && (runs[0]?.selected?.gridEdge ?? []).length > 0;

const short = (value: number | undefined): string => (value === undefined ? "-" : String(Number(value.toPrecision(4))));
