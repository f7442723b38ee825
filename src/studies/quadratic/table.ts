import { quadraticResult } from "./record.js";
import { analysesOf } from "../../reporting/evidence.js";
import type { Evidence, StoredAnalysis } from "../../reporting/study-show.js";
import { paperResults, type PaperResults } from "../../reporting/paper/paper-results.js";
import { methodTitle } from "../../reporting/method-title.js";
import {
  cellOf,
  mark,
  numberColumn,
  type Cell,
  type Column,
  type Row,
  type Table,
} from "../../reporting/table/table.js";
import { analysisSample } from "../../reporting/tables/analysis-panels.js";
import { about, withOrigin } from "../../reporting/tables/origin.js";

type FigurePanel = PaperResults["figures"][number]["panels"][number];
type Quadratic = StoredAnalysis<typeof quadraticResult>;
const FAMILIES = ["top", "bottom"] as const;

/** Iterations until the stop criterion on the two families of quadratics: mean, median, and on how many tasks a method
 *  needs the fewest; the count of the paper's one displayed task beside them. A panel per variant of the learning rate. */
export function iterationsPanels(evidence: Evidence): Table[] {
  const found = analysesOf(evidence, quadraticResult);
  const figure = paperResults().figures.find(({ id }) => id === "fig1")!;
  const variants = (["tuned", "same-lr"] as const).filter(
    (variant) => variant === "tuned" || found.some(({ record }) => record.variant === variant),
  );
  return variants.map((variant) =>
    iterationsPanel(
      found.filter(({ record }) => record.variant === variant),
      figure,
      variant,
    ),
  );
}

function iterationsPanel(
  found: readonly Quadratic[],
  { experiment, panels }: PaperResults["figures"][number],
  variant: "tuned" | "same-lr",
): Table {
  const printedOf = (family: string): FigurePanel => panels.find(({ id }) => id === family)!;
  const ids = Object.keys(printedOf("top").rows);
  const others = [...new Set(found.map(({ record }) => record.method))].filter((method) => !ids.includes(method));
  const methods = [...ids, ...others];
  const columns = FAMILIES.flatMap((family): Column[] => [
    column(`${family}_mean`, 1, { better: "lower" }),
    column(`${family}_median`, 1, { better: "lower" }),
    column(`${family}_wins`, 1, { better: "higher" }),
    column(`${family}_paper`, 0, { kind: "printed" }),
  ]);
  const cells = FAMILIES.map((family) => {
    const ofFamily = new Map(
      found.filter(({ record }) => record.family === family).map((one) => [one.record.method, one]),
    );
    const wins = winsOf(ofFamily);
    return methods.map((method): Cell[] => {
      const one = ofFamily.get(method);
      const paper = printedOf(family).rows[method]?.iterations;
      const printed = cellOf({ mean: paper?.mean, paper });
      if (one === undefined) {
        const empty = cellOf({ marks: [mark("not-run", "not run")] });
        return [empty, empty, empty, printed];
      }
      const { record } = one;
      const open = record.tasks - record.converged;
      const marks = open === 0 ? [] : [mark("partial", `${open} of ${record.tasks} tasks reached the cap`)];
      const cell = (value: number | undefined): Cell => {
        const sample = { ...analysisSample(record), value, learningRate: record.learningRate };
        return cellOf({ mean: value, samples: [sample], marks });
      };
      return [cell(record.meanIterations), cell(record.medianIterations), cell(wins.get(method)), printed];
    });
  });
  const rows = methods.map((id, i): Row => {
    const inPaper = ids.includes(id);
    const marks = inPaper ? [] : [mark("ours", "not in the paper's figure")];
    return { id, title: methodTitle(id), inPaper, marks, cells: cells.flatMap((all) => all[i]!) };
  });
  const first = found[0]?.record;
  const rate = variant === "tuned" ? "each method at its best learning rate" : "one learning rate for all methods";
  return withOrigin({
    id: variant === "tuned" ? "fig1_summary" : "fig1_summary_same_lr",
    caption: `Iterations until convergence on two-dimensional quadratics, ${rate}`,
    experiment,
    suffix: variant === "tuned" ? "" : "_same_lr",
    rowName: "method",
    columns,
    rows,
    ...about(first),
    definition:
      "wins: tasks on which a method needs the fewest iterations, shared ones in parts. The paper counts one task.",
  });
}

const column = (id: string, decimals: number, more: Partial<Column> = {}): Column =>
  numberColumn(id, id.replaceAll("_", " "), decimals, more);

/** Tasks on which a method needs the fewest iterations; a task that several share counts in equal parts. A task that did
 *  not converge is no win. */
function winsOf(byMethod: ReadonlyMap<string, Quadratic>): Map<string, number> {
  const wins = new Map([...byMethod.keys()].map((method) => [method, 0]));
  const best = new Map<number, { iterations: number; methods: string[] }>();
  for (const [method, { store, record }] of byMethod)
    for (const { task, iterations, converged } of store.series<typeof quadraticResult>(record, "tasks")) {
      if (task === undefined || iterations === undefined || converged !== 1) continue;
      const held = best.get(task);
      if (held === undefined || iterations < held.iterations) best.set(task, { iterations, methods: [method] });
      else if (iterations === held.iterations) held.methods.push(method);
    }
  for (const { methods } of best.values())
    for (const method of methods) wins.set(method, wins.get(method)! + 1 / methods.length);
  return wins;
}
