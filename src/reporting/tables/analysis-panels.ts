import type { AnalysisKind, AnalysisOf } from "../../records/analysis.js";
import type { Evidence } from "../evidence.js";
import { firstOf } from "../paper/measured-analyses.js";
import { paperResults, type PrintedDatasets, type PrintedPanel } from "../paper/paper-results.js";
import { methodTitle } from "../paper/titles.js";
import {
  mark,
  type Cell,
  type Column,
  type Mark,
  type Printed,
  type Row,
  type Sample,
  type Table,
} from "../table/table.js";
import { about, analysisFile, tagMarks } from "./origin.js";
import type { PanelHead } from "./registry.js";

/** Images and classes of every dataset, the paper's beside them. Trials train on training and validation images. */
export function datasetsPanel(evidence: Evidence, head: PanelHead, printed: PrintedDatasets): Table {
  const found = firstOf(evidence, "datasets", [head.experiment])?.record;
  const { domains } = paperResults();
  const columns = [
    { id: "group", title: "group", kind: "words", decimals: 0 } as const,
    ...OURS.map((id) => count(id, "measured")),
    ...printed.columns.map((id) => count(`paper_${id}`, "printed")),
  ];
  const rows = Object.entries(printed.rows).map(([title, paper]): Row => {
    const ours = found?.rows.find(({ domain }) => domain === domains[title]);
    const marks = ours === undefined ? [mark("not-run", "not loaded")] : tagMarks(ours.tag);
    const group: Cell = { ...blank, text: ours?.group ?? paper.group, paper: undefined };
    const cells = OURS.map((column): Cell => {
      const ofBoth = column === "train" && !Object.hasOwn(printed.train_without_validation, title);
      const comparable = column === "validation" || ofBoth ? undefined : { mean: paper[column] };
      return measured(found, ours?.[column], marks, comparable);
    });
    const beside = printed.columns.map((column): Cell => {
      const value = paper[column as "train" | "test" | "classes"];
      return { ...blank, mean: value, paper: { mean: value } };
    });
    return { id: title, title, inPaper: true, marks: [], cells: [group, ...cells, ...beside] };
  });
  const alone = Object.entries(printed.train_without_validation).map(
    ([title, why]) => `for ${title} training images alone (${why})`,
  );
  const definition = `Trials train on training and validation images. ${["The paper's train counts both", ...alone].join("; ")}.`;
  return { ...head, ...about(found), rowName: "dataset", columns, rows, definition };
}

/** Learned parameters of every learned method, the paper's count beside them. */
export function metaParametersPanel(evidence: Evidence, head: PanelHead, printed: PrintedPanel): Table {
  const found = firstOf(evidence, "meta-parameters", [head.experiment])?.record;
  const better = "lower";
  const columns = [{ ...count("count", "measured"), better } as const, count("paper_count", "printed")];
  const rows = methodRows(found, printed, (method) => {
    const ours = found?.rows.find((row) => row.method === method)?.count;
    const paper = printed.rows[method]?.count;
    const marks = ours === undefined ? [mark("not-run", "not counted")] : [];
    return [measured(found, ours, marks, paper), { ...blank, mean: paper?.mean, paper }];
  });
  const definition = "Parameters that a method learns for the model without its classifier.";
  return { ...head, ...about(found), rowName: "method", columns, rows, definition };
}

/** Milliseconds of a training iteration and their ratio to SGD-M's, the paper's ratio beside it. */
export function stepTimesPanel(evidence: Evidence, head: PanelHead, printed: PrintedPanel): Table {
  const found = firstOf(evidence, "step-times", [head.experiment])?.record;
  const timeOf = (method: string): number | undefined => found?.rows.find((row) => row.method === method)?.mean;
  const base = timeOf(BASELINE);
  const paperBase = printed.rows[BASELINE]!.time!.mean;
  const columns: Column[] = [
    { id: "ms", title: "ms", kind: "measured", spread: "std", decimals: 2, better: "lower" },
    { id: "ratio_sgdm", title: "ratio to SGD-M", kind: "derived", decimals: 3 },
    { id: "paper_ratio", title: "paper's ratio", kind: "printed", decimals: 3 },
  ];
  const rows = methodRows(found, printed, (method) => {
    const ours = timeOf(method);
    const paper = printed.rows[method]?.time;
    const marks = ours === undefined ? [mark("not-run", "not timed")] : [];
    const std = found?.rows.find((row) => row.method === method)?.std;
    const time = { ...measured(found, ours, marks, paper), std };
    const paperRatio = paper ? { mean: paper.mean / paperBase } : paper;
    const ratio = ours === undefined || base === undefined ? undefined : ours / base;
    return [
      time,
      { ...blank, mean: ratio, marks: ratio === undefined ? [mark("not-run", "not timed")] : [], paper: paperRatio },
      { ...blank, mean: paperRatio?.mean, paper: paperRatio },
    ];
  });
  const timed = found?.rows[0];
  const definition =
    "Forward and backward pass and update, without loading and evaluation; the paper names neither unit nor hardware: compare ratios." +
    (found && timed
      ? ` ${found.image}, batches of ${found.batchSize}, ${timed.blocks} blocks of ${timed.blockSteps} steps.`
      : "");
  return { ...head, ...about(found), rowName: "method", columns, rows, definition };
}

/** What is counted of every dataset. */
const OURS = ["train", "validation", "test", "classes"] as const;

const BASELINE = "sgd_momentum";
const blank = { mean: undefined, std: undefined, samples: [], marks: [] } as const;

const count = (id: string, kind: "measured" | "printed"): Column => ({
  id,
  title: id.replace("paper_", "paper's "),
  kind,
  decimals: 0,
});

function measured(
  record: AnalysisOf<AnalysisKind> | undefined,
  value: number | undefined,
  marks: readonly Mark[],
  paper: Printed | null | undefined,
): Cell {
  const samples: Sample[] =
    record === undefined || value === undefined
      ? []
      : [{ kind: "analysis", id: record.id, file: analysisFile(record), state: "done", value }];
  return { mean: value, std: undefined, samples, marks, paper };
}

/** The paper's methods, then those it lacks. */
function methodRows(
  found: { readonly rows: readonly { readonly method: string }[] } | undefined,
  printed: PrintedPanel,
  cellsOf: (method: string) => readonly Cell[],
): Row[] {
  const ids = Object.keys(printed.rows);
  const others = found?.rows.map(({ method }) => method).filter((method) => !ids.includes(method)) ?? [];
  return [...ids, ...others].map((id): Row => {
    const inPaper = ids.includes(id);
    const marks = inPaper ? [] : [mark("ours", "not in the paper's table")];
    return { id, title: methodTitle(id), inPaper, marks, cells: cellsOf(id) };
  });
}
