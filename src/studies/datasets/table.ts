import { firstOf } from "../../reporting/measured/analyses.js";
import { paperResults, type PrintedTable } from "../../reporting/paper/paper-results.js";
import type { Evidence } from "../../reporting/study-show.js";
import { cellOf, mark, wordCell, wordColumn, type Cell, type Row, type Table } from "../../reporting/table/table.js";
import { analysisCell, countColumn } from "../../reporting/tables/analysis-panels.js";
import { about, tagMarks } from "../../reporting/tables/origin.js";
import type { PanelHead } from "../../reporting/tables/registry.js";
import { datasetsKind } from "./record.js";

/** What is counted of every dataset. */
export const OURS = ["train", "validation", "test", "classes"] as const;

/** Images and classes of every dataset, the paper's beside them. Trials train on training and validation images. */
export function datasetsPanel(evidence: Evidence, head: PanelHead, printed: PrintedTable["panels"][number]): Table {
  if (printed.metric !== "dataset_statistics") throw new Error(`${head.id}: the paper counts no datasets there`);
  const found = firstOf(evidence, datasetsKind, [head.experiment])?.record;
  const { domains } = paperResults();
  const columns = [
    wordColumn("group", "group"),
    ...OURS.map((id) => countColumn(id, "measured")),
    ...printed.columns.map((id) => countColumn(`paper_${id}`, "printed")),
  ];
  const rows = Object.entries(printed.rows).map(([title, paper]): Row => {
    const ours = found?.rows.find(({ domain }) => domain === domains[title]);
    const marks = ours === undefined ? [mark("not-run", "not loaded")] : tagMarks(ours.tag);
    const group = wordCell(ours?.group ?? paper.group);
    const cells = OURS.map((column): Cell => {
      const ofBoth = column === "train" && !Object.hasOwn(printed.train_without_validation, title);
      const comparable = column === "validation" || ofBoth ? undefined : { mean: paper[column] };
      return analysisCell(found, ours?.[column], marks, comparable);
    });
    const beside = printed.columns.map((column) => {
      const mean = paper[column as "train" | "test" | "classes"];
      return cellOf({ mean, paper: { mean } });
    });
    return { id: title, title, inPaper: true, marks: [], cells: [group, ...cells, ...beside] };
  });
  const alone = Object.entries(printed.train_without_validation).map(
    ([title, why]) => `for ${title} training images alone (${why})`,
  );
  const definition = `Trials train on training and validation images. ${["The paper's train counts both", ...alone].join("; ")}.`;
  return { ...head, ...about(found), rowName: "dataset", columns, rows, definition };
}
