import { numericsInWords } from "../../records/numerics.js";
import { jsonNumber } from "../table/json.js";
import {
  cellOf,
  mark,
  numberCell,
  numberColumn,
  rowOf,
  wordCell,
  wordColumn,
  type Cell,
  type Column,
  type Table,
} from "../table/table.js";
import type { ComparedCell, Comparison, Difference, Value } from "./experiments.js";

const numbers = (id: string, title: string, decimals: number): Column =>
  numberColumn(id, title, decimals, { spread: "error" });
const counts = (id: string, title: string): Column => numberColumn(id, title, 0, { kind: "derived" });
const valueCell = ({ mean, error }: Value | Difference): Cell => cellOf({ mean, std: error });

/** What differs, then the numbers, then the curves, as tables. */
export function comparisonTables(comparison: Comparison): Table[] {
  const { experiments, metrics, curves } = comparison;
  const [a, b] = experiments;
  const named = experiments[0] === experiments[1] ? a : `${a} and ${b}`;
  return [
    configTable(comparison),
    ...metrics.map(({ metric, cells }) => ({
      ...numberTable(`${metric.title}: ${named}`, cells, metric.decimals, comparison),
      id: `compare-${metric.id}`,
    })),
    ...(curves.length > 0 ? [curveTable(`Mean training loss by part of the run: ${named}`, comparison)] : []),
  ];
}

function configTable({ config, folders, numerics }: Comparison): Table {
  const shown = (value: string | undefined): Cell => wordCell(value ?? "-");
  const [a, b] = numerics;
  return {
    id: "compare-config",
    caption: `What differs in the configs: A is ${folders[0]}, B is ${folders[1]}`,
    rowName: "key",
    layout: "list",
    columns: [wordColumn("a", "A"), wordColumn("b", "B")],
    rows: config.map(({ key, values }) => rowOf(key, key, values.map(shown))),
    marks: a === b ? [] : [mark("earlier", `A has ${numericsInWords(a)}, B ${numericsInWords(b)}: not comparable`)],
    notes: config.length === 0 ? ["Nothing: both have the same config."] : [],
  };
}

function numberTable(
  caption: string,
  cells: readonly ComparedCell[],
  decimals: number,
  { folders, engines }: Comparison,
): Table {
  const rows = cells.map(({ method, title, holdout, sides, difference, sameRuns, marks }) => {
    const said = marks.flatMap((list, i) => list.map((text) => `${"AB"[i]!}: ${text}`)).join("; ");
    return rowOf(method, title, [
      wordCell(holdout),
      ...[...sides, difference].map(valueCell),
      numberCell(sides[0].n),
      numberCell(sides[1].n),
      numberCell(sameRuns),
      wordCell(said || "done", said || "-"),
    ]);
  });
  return {
    id: "",
    caption,
    rowName: "method",
    columns: [
      wordColumn("holdout", "holdout"),
      numbers("a", "A", decimals),
      numbers("b", "B", decimals),
      numbers("difference", "B - A", decimals),
      counts("n_a", "n A"),
      counts("n_b", "n B"),
      counts("same_runs", "same runs"),
      wordColumn("state", "state"),
    ],
    rows,
    marks: engines,
    notes: notesOf(cells, folders),
  };
}

function notesOf(cells: readonly { readonly difference: Difference }[], folders: readonly string[]): string[] {
  const known = cells.filter(({ difference }) => difference.mean !== undefined);
  const paired = known.filter(({ difference }) => difference.paired).length;
  const how =
    paired === known.length ? "paired by trial" : paired === 0 ? "unpaired" : "paired where trials are the same";
  return [`A: ${folders[0]}; B: ${folders[1]}. ± is the standard error; of B - A, ${how}.`];
}

function curveTable(caption: string, { curves, folders }: Comparison): Table {
  return {
    id: "compare-curves",
    caption,
    rowName: "method",
    columns: [
      wordColumn("holdout", "holdout"),
      wordColumn("part", "part"),
      numbers("a", "A", 3),
      numbers("b", "B", 3),
      numbers("difference", "B - A", 3),
    ],
    rows: curves.map(({ method, title, holdout, part, sides, difference }) =>
      rowOf(method, title, [wordCell(holdout), wordCell(part), ...[...sides, difference].map(valueCell)]),
    ),
    marks: [],
    notes: notesOf(curves, folders),
  };
}

/** A comparison for machines; what is not a finite number is text. */
export function comparisonJson({ metrics, curves, ...rest }: Comparison): object {
  const value = ({ mean, error, ...more }: Value | Difference): object => ({
    mean: jsonNumber(mean),
    error: jsonNumber(error),
    ...more,
  });
  return {
    ...rest,
    config: rest.config.map(({ key, values }) => ({ key, values: values.map((one) => one ?? null) })),
    metrics: metrics.map(({ metric, cells }) => ({
      metric: metric.id,
      cells: cells.map(({ sides, difference, ...cell }) => ({
        ...cell,
        sides: sides.map(value),
        difference: value(difference),
      })),
    })),
    curves: curves.map(({ sides, difference, ...part }) => ({
      ...part,
      sides: sides.map(value),
      difference: value(difference),
    })),
  };
}
