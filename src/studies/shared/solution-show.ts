import { columns } from "../../core/columns.js";
import { duration } from "../../core/wording.js";
import { groupBy } from "../../core/group.js";
import type { AnalysisKind, RecordOf } from "../../records/analysis.js";
import type { Plan } from "../../records/plan.js";
import { analysesOf } from "../../reporting/evidence.js";
import { earlierMark } from "../../reporting/numerics.js";
import { ofExperiment, tabulate } from "../../reporting/measured/analyses.js";
import { EMPTY_CELL, type MeasuredCell, type Measurements } from "../../reporting/measured/measurements.js";
import type { Evidence } from "../../reporting/study-show.js";
import { decimalsOf } from "../../reporting/table/shown.js";
import {
  cellOf,
  numberCell,
  numberColumn,
  rowOf,
  wordCell,
  wordColumn,
  type Table,
} from "../../reporting/table/table.js";
import { analysisSample } from "../../reporting/tables/analysis-panels.js";
import { about } from "../../reporting/tables/origin.js";
import { sizeOf } from "../../reporting/presets.js";
import { short, type Printed, type Reader } from "./printed.js";
import { solutionGroups, solutionRows, type SolutionRecord, type SolutionRow } from "./solution-rows.js";

/** What came of looking at the trained models of an experiment. */
export interface Examination<Made> {
  readonly plan: Plan;
  /** Trials that could not be looked at, by the state that they are in. */
  readonly left: readonly object[];
  /** Of all that were asked for and are there now, in the plan's order. */
  readonly records: readonly Made[];
  readonly made: number;
  readonly alreadyMade: number;
  readonly failed: readonly {
    readonly id: string;
    readonly subject: { readonly cell: { readonly id: string } };
    readonly reason: string;
  }[];
}

/** What is shown of the analyses of trained models, of one kind. */
export interface SolutionView<Kind extends AnalysisKind> {
  readonly kind: Kind;
  /** Of its table in the report. */
  readonly caption: string;
  /** The numbers of a record by their headings. */
  numbersOf(record: RecordOf<Kind>): Readonly<Record<string, number>>;
  /** The numbers of a record in words. */
  saidOf(record: RecordOf<Kind>): string;
}

/** What is shown of one kind. */
interface Shown<Made> {
  finishedLine(record: Made): string;
  printed(examination: Examination<Made>, reader: Reader): Printed;
  reportTables(evidence: Evidence): Table[];
}

/** What the command line of such a study prints, and its table in the report. */
export function solutionShow<Kind extends AnalysisKind>(
  view: SolutionView<Kind>,
): Shown<RecordOf<Kind> & SolutionRecord> {
  type Made = RecordOf<Kind> & SolutionRecord;
  const rowsOf = (records: readonly Made[], plan: Pick<Plan, "methods">): SolutionRow[] =>
    solutionRows(records, plan, view.numbersOf);
  return {
    finishedLine: (record: Made): string => {
      const { method, dataset, trial, wallMilliseconds } = record;
      return `${dataset} ${method} trial ${trial}: ${view.saidOf(record)} in ${took(wallMilliseconds)}`;
    },
    printed(
      { plan, left, records, made, alreadyMade, failed: all }: Examination<Made>,
      { json, width }: Reader,
    ): Printed {
      const { kind } = view.kind;
      const { experiment } = plan;
      const failed = all.map(({ id, subject: { cell }, reason }) => ({ id, run: cell.id, reason }));
      const summary = rowsOf(records, plan);
      const whole = { experiment, kind, made, alreadyMade, failed, left, summary, records };
      return {
        result: json ? whole : tableText(summary, width),
        notices: [
          ...failed.map(
            ({ run, reason }) => ({ text: `failed: ${kind} of run ${run}: ${reason}`, always: true }) as const,
          ),
          { text: `${made} analyses made, ${alreadyMade} were made before, ${failed.length} failed` },
        ],
        failed: failed.length > 0,
      };
    },
    reportTables: (evidence: Evidence): Table[] => {
      const plans = evidence.experiments.map(({ plan }) => plan);
      const methods = plans.flatMap((plan) => plan.methods);
      const [domains, ids] = [plans.flatMap(({ holdouts }) => holdouts), methods.map(({ id }) => id)];
      const place = (one: Made): [number, number] => [domains.indexOf(one.dataset), ids.indexOf(one.method)];
      const groups = groupBy(analysesOf(evidence, view.kind), ({ record }) => record.experiment);
      return [...groups.values()].map((all): Table => {
        const records = all
          .map(({ record }) => record as Made)
          .sort((a, b) => place(a)[0] - place(b)[0] || place(a)[1] - place(b)[1]);
        return reportTable(view, records, rowsOf(records, { methods }));
      });
    },
  };
}

/** A row per dataset and method, of numbers that lead to the analyses behind them. */
function reportTable<Kind extends AnalysisKind, Made extends RecordOf<Kind> & SolutionRecord>(
  { kind: { kind }, caption, numbersOf }: SolutionView<Kind>,
  records: readonly Made[],
  rows: readonly SolutionRow[],
): Table {
  const groups = solutionGroups(records);
  const [{ experiment, numerics }] = records as [Made];
  const names = Object.keys(rows[0]!.values);
  const splits = rows.some(({ split }) => split !== undefined);
  const valuesOf = (name: string): (number | undefined)[] =>
    rows.flatMap(({ values }) => [values[name]!.mean, values[name]!.std]);
  return {
    ...about(records[0]),
    id: `${kind}-${experiment}`,
    caption: `${caption} (${experiment}${earlierMark(numerics)})`,
    rowName: "method",
    columns: [
      ...["dataset", ...(splits ? ["split"] : [])].map((title) => wordColumn(title, title)),
      numberColumn("trials", "trials", 0),
      ...names.map((name) => numberColumn(name, name, decimalsOf(valuesOf(name)), { spread: "std" })),
    ],
    rows: rows.map(({ dataset, split, method, title, trials, values }, i) => {
      const cells = names.map((name) =>
        cellOf({
          ...values[name],
          samples: groups[i]!.map((one) => ({ ...analysisSample(one), value: numbersOf(one)[name] })),
        }),
      );
      const words = [dataset, ...(split === undefined ? [] : [split])].map((text) => wordCell(text));
      return rowOf(method, title, [...words, numberCell(trials), ...cells]);
    }),
  };
}

function tableText(rows: readonly SolutionRow[], width: number | undefined): string {
  const names = Object.keys(rows[0]?.values ?? {});
  const splits = rows.some(({ split }) => split !== undefined);
  const headings = ["dataset", ...(splits ? ["split"] : []), "method", "trials", ...names];
  const lines = rows.map(({ dataset, split, title, trials, values }) => [
    dataset,
    ...(split === undefined ? [] : [split]),
    title,
    String(trials),
    ...names.map((name) => {
      const { mean, std } = values[name]!;
      return std === undefined ? short(mean) : `${short(mean)} ± ${short(std)}`;
    }),
  ]);
  return columns(headings, lines, width);
}

const took = (milliseconds: number): string =>
  milliseconds < 2000 ? `${Math.round(milliseconds)} ms` : duration(milliseconds / 1000);

/** One number of trained models, as the paper's claims compare it: a column per dataset, a pair per trial. Where a model
 *  was looked at several times, the look at most images counts; where methods were looked at on unequal numbers of
 *  images, a column is incomplete. @param valueOf undefined for a record that does not count. */
export function measureSolutions<Kind extends AnalysisKind>(
  evidence: Evidence,
  kind: Kind,
  experiments: readonly string[],
  valueOf: (record: RecordOf<Kind>) => number | undefined,
): Measurements | undefined {
  const looks = ofExperiment(evidence, kind, experiments).flatMap(({ record }) => {
    const value = valueOf(record);
    return value === undefined
      ? []
      : [{ record: record as RecordOf<Kind> & SolutionRecord & { images: number }, value }];
  });
  if (looks.length === 0) return undefined;
  const datasets = [...new Set(looks.map(({ record }) => record.dataset))].sort();
  const methods = [...new Set(looks.map(({ record }) => record.method))].sort();
  const cell = (method: string, dataset: string): MeasuredCell => {
    const images = Math.max(...looks.map(({ record }) => (record.dataset === dataset ? record.images : 0)));
    const held = looks.filter(
      ({ record }) => record.method === method && record.dataset === dataset && record.images === images,
    );
    if (held.length === 0) return { ...EMPTY_CELL, incomplete: `no model looked at on ${images} images` };
    return {
      values: new Map(held.map(({ record, value }) => [String(record.trial), value])),
      runs: [...new Set(held.flatMap(({ record }) => record.runs))],
    };
  };
  return {
    preset: sizeOf(looks[0]!.record),
    numerics: looks[0]!.record.numerics,
    columns: datasets.map((id) => ({
      id,
      standIn: looks.some(({ record }) => record.dataset === id && record.dataTag === "synthetic"),
    })),
    rows: tabulate(methods, datasets, cell),
  };
}
