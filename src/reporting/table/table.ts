import { earlierNote } from "../../records/numerics.js";
import { paperResults } from "../paper/paper-results.js";
import type { Experiment } from "../experiment.js";
import type { Margin } from "../../tuning/select.js";
import type { TableId } from "../tables/registry.js";
import { mark, type Mark } from "./mark.js";

/** One run or analysis behind a cell. */
export interface Sample {
  readonly kind: "run" | "analysis";
  readonly id: string;
  /** Its record file, below the results folder. */
  readonly file: string;
  readonly state: string;
  readonly value: number | undefined;
  readonly trial?: number;
  readonly seed?: number;
  readonly learningRate?: number;
  readonly weightDecay?: number;
  /** Edges of the tuning space that the winner lies on, like "learningRate:high". */
  readonly gridEdge?: readonly string[];
  /** How clearly tuning chose the point. */
  readonly margin?: Margin;
}

/** A number of the paper. */
export interface Printed {
  readonly mean: number;
  readonly std?: number | undefined;
  readonly bold?: true | undefined;
}

/** One method (or dataset) in one column. */
export interface PaperCell {
  /** Undefined where there is no number; a diverged AUC is Infinity. */
  readonly mean: number | undefined;
  /** The column's spread. */
  readonly std: number | undefined;
  /** Of a column of words. */
  readonly text?: string;
  readonly samples: readonly Sample[];
  readonly marks: readonly Mark[];
  /** The paper's number; null: lost in the paper; undefined: the paper has no such cell. */
  readonly paper: Printed | null | undefined;
}

export interface PaperColumn {
  /** As CSV files name it. */
  readonly id: string;
  readonly title: string;
  /** Measured: from records; derived: from other cells; printed: the paper's own; words: no number. */
  readonly kind: "measured" | "derived" | "printed" | "words";
  /** What its cells' `std` is, where it has a spread: of the sample, or the standard error of the mean. In CSV files
   *  `<id>_mean` and `<id>_std` or `<id>_error`. */
  readonly spread?: "std" | "error";
  readonly decimals: number;
  /** Absent where no value is better than another. */
  readonly better?: "higher" | "lower";
}

export interface PaperRow {
  /** Method or dataset. */
  readonly id: string;
  readonly title: string;
  readonly inPaper: boolean;
  /** Of the row as a whole. */
  readonly marks: readonly Mark[];
  /** One per column. */
  readonly cells: readonly PaperCell[];
}

/** Where a panel's numbers come from. */
export interface Provenance {
  /** Folder of the results. */
  readonly folder: string;
  readonly preset: string;
  readonly numerics: number;
  /** Name in the config. */
  readonly config: string;
  readonly configHash: string;
}

export interface PaperPanel {
  /** Like "table1_top". */
  readonly id: string;
  readonly caption: string;
  /** The paper's experiment, like "E2". */
  readonly experiment: string;
  /** Undefined where there are no records. */
  readonly provenance: Provenance | undefined;
  /** What a row is: "method" or "dataset". */
  readonly rowName: string;
  /** Ends the names of rows in CSV files. */
  readonly suffix: string;
  readonly columns: readonly PaperColumn[];
  readonly rows: readonly PaperRow[];
  /** Of all of it. */
  readonly marks: readonly Mark[];
  /** What the numbers are, where the title does not say. */
  readonly definition?: string;
}

/** A table with the paper's rows and columns, from records. */
export interface PaperTable {
  readonly id: TableId;
  readonly panels: readonly PaperPanel[];
}

/** What a panel has of its table. */
export type PanelHead = Pick<PaperPanel, "id" | "caption" | "experiment" | "suffix">;

/** A method as the paper's tables name it. */
export function titleOf(method: string): string {
  const { methods } = paperResults();
  const [plain, variant] = method.split("/") as [string, string?];
  const title = Object.hasOwn(methods, plain) ? methods[plain]!.paper_names[0]! : plain;
  return variant === undefined ? title : `${title}, ${variant}`;
}

/** What the preset and the numerics say of all numbers. */
export function makingMarks({ preset, numerics }: Pick<Provenance, "preset" | "numerics">): Mark[] {
  const note = earlierNote(numerics);
  return [
    ...(preset === "paper" ? [] : [mark("reduced", `preset ${preset}, not the paper's sizes`)]),
    ...(note === undefined ? [] : [mark("earlier", note)]),
  ];
}

export const provenanceOf = ({ plan }: Experiment): Provenance => ({
  folder: plan.experiment,
  preset: plan.preset,
  numerics: plan.numerics,
  config: typeof plan.config.name === "string" ? plan.config.name : plan.experiment,
  configHash: plan.configHash,
});

/** What holds for all numbers of an experiment. */
export function experimentMarks({ plan }: Experiment): Mark[] {
  const domains = plan.missing.map(({ domain }) => domain).join(", ");
  return [
    ...makingMarks(plan),
    ...(domains === "" ? [] : [mark("missing-data", `data missing: ${domains}; nothing was learned or tested there`)]),
  ];
}
