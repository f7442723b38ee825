import type { VNode } from "preact";
import { duration } from "../../../core/wording.js";
import { groupBy } from "../../../core/group.js";
import type { RunRecord } from "../../../records/record.js";
import type { Experiment } from "../../experiment.js";
import { earlierMark } from "../../numerics.js";
import { allTriedPoints, type TriedPoint } from "../../tuning-trace.js";
import { PageTable } from "../../table/html.js";
import type { PageRow } from "../../table/page-table.js";
import { notesOf, Section } from "../elements.js";
import { TuningViews } from "./tuning-views.js";

/** What tuning chose for every method on every dataset, and what it cost. */
export function Tuning({ experiments }: { experiments: readonly Experiment[] }): VNode {
  const tuned = experiments
    .map(({ plan, records }) => ({
      plan,
      records: [...records.values()],
      points: allTriedPoints(plan, (id) => records.get(id)),
    }))
    .filter(({ points }) => points.length > 0);
  return (
    <Section id="tuning-cost" title="Tuning and its cost">
      {tuned.length === 0 && <p>Nothing was tuned.</p>}
      {tuned.map(({ plan, records, points }) => {
        const rows = searches(points).map((search) => rowOf(search, records));
        const used = new Set(rows.flatMap(({ cells }) => cells.flatMap(({ letters = [] }) => letters)));
        return (
          <>
            <PageTable
              id={`tuning-${plan.experiment}`}
              caption={`${plan.experiment}${earlierMark(plan.numerics)}: the point that every search chose, by how many validation images it is ahead of the best other one, and the cost of all of its points`}
              columns={COLUMNS}
              rows={rows}
              notes={[...NOTES.filter(({ letter }) => used.has(letter)), ...notesOf([plan.numerics])]}
            />
            <TuningViews plan={plan} points={points} />
          </>
        );
      })}
    </Section>
  );
}

const NOTES = [
  { letter: "a", text: "On the edge of the searched space: the best may lie outside." },
  {
    letter: "b",
    text: "Tied with other points within one standard error of the highest validation accuracy; of these it has the lowest training loss.",
  },
];

const COLUMNS = [
  { title: "Method" },
  { title: "Dataset" },
  { title: "Learning rate", numeric: true },
  { title: "Weight decay", numeric: true },
  { title: "Validation accuracy %", numeric: true },
  { title: "Images ahead", numeric: true },
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

function rowOf(points: readonly TriedPoint[], records: readonly RunRecord[]): PageRow {
  const winner = points.find((point) => point.winner);
  const sum = (of: (point: TriedPoint) => number): number => points.reduce((total, point) => total + of(point), 0);
  const seconds = sum(({ wallMilliseconds }) => wallMilliseconds) / 1000;
  const all = points.flatMap((one) => one.runs);
  const [runs, diverged, steps] = [all.length, sum((one) => one.diverged), sum((one) => one.steps)];
  const letters = isOnEdge(points[0]!, records) ? ["a"] : [];
  const margin = winner?.margin;
  const accuracy = winner === undefined ? undefined : 100 * winner.accuracy;
  return {
    method: points[0]!.method,
    cells: [
      { shown: points[0]!.title },
      { shown: points[0]!.holdout },
      { shown: short(winner?.point.learningRate), value: winner?.point.learningRate, letters },
      { shown: short(winner?.point.weightDecay), value: winner?.point.weightDecay },
      { shown: accuracy?.toFixed(2) ?? "-", value: accuracy, runs: idsOf(winner?.runs ?? []) },
      {
        shown: margin?.images.toFixed(1) ?? "-",
        value: margin?.images,
        letters: margin !== undefined && margin.tied > 0 ? ["b"] : [],
      },
      { shown: points.length, value: points.length },
      { shown: runs, value: runs, runs: idsOf(all) },
      { shown: diverged, value: diverged, runs: idsOf(all.filter(({ state }) => state === "diverged")) },
      { shown: steps, value: steps },
      { shown: duration(seconds), value: seconds },
    ],
  };
}

const idsOf = (runs: readonly RunRecord[]): string[] => runs.map(({ id }) => id);

/** Whether the chosen point lies on the edge, which the trials of a search record. */
const isOnEdge = ({ method, holdout }: TriedPoint, records: readonly RunRecord[]): boolean =>
  records.some(
    ({ cell, selected }) =>
      cell.phase === "trial" &&
      cell.method === method &&
      cell.holdout === holdout &&
      (selected?.gridEdge ?? []).length > 0,
  );

const short = (value: number | undefined): string => (value === undefined ? "-" : String(Number(value.toPrecision(4))));
