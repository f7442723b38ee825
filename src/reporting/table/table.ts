import type { Margin } from "../../tuning/select.js";

/** What a mark is about.
 *  not-run: no run was planned or none is there; missing-data: its data are not here; partial: fewer trials than planned;
 *  no-value: it ended without the number; partial-auc: of a run shorter than the others; reduced: a smaller preset than
 *  the paper's; earlier: of earlier numerics, or with what was learned with them; stand-in, partial-data: not, or not all
 *  of, the official images; mixed-engines: runs were computed by different engines; lost: the paper's cell cannot be read; misprint: the paper's own numbers give another; ours:
 *  not in the paper's table; unranked: no place among the others; own: of an experiment's own table, where the text says
 *  which of these it is. */
type MarkKind =
  | "not-run"
  | "missing-data"
  | "diverged"
  | "failed"
  | "skipped"
  | "partial"
  | "no-value"
  | "partial-auc"
  | "reduced"
  | "earlier"
  | "stand-in"
  | "partial-data"
  | "lost"
  | "mixed-engines"
  | "misprint"
  | "ours"
  | "unranked"
  | "own";

/** What a reader has to know of a number, or of its absence. */
export interface Mark {
  readonly kind: MarkKind;
  readonly text: string;
}

export const mark = (kind: MarkKind, text: string): Mark => ({ kind, text });

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

/** A number with what is known of it, or words. */
export interface Cell {
  /** Undefined where there is no number; a diverged AUC is Infinity. */
  readonly mean: number | undefined;
  /** The column's spread. */
  readonly std: number | undefined;
  /** Of a column of words. */
  readonly text?: string;
  /** What people read, where it is not the words, or the number at the column's decimals. */
  readonly shown?: string;
  readonly samples: readonly Sample[];
  readonly marks: readonly Mark[];
  /** The paper's number; null: lost in the paper; undefined: the paper has no such cell. */
  readonly paper: Printed | null | undefined;
}

/** A cell of what is known of it. */
export const cellOf = (known: Partial<Cell>): Cell => ({
  mean: undefined,
  std: undefined,
  samples: [],
  marks: [],
  paper: undefined,
  ...known,
});

/** A number alone. @param shown as people read it. */
export const numberCell = (mean: number | undefined, shown?: string): Cell =>
  cellOf({ mean, ...(shown !== undefined && { shown }) });

/** Words. @param shown as people read them, where machines read others. */
export const wordCell = (text: string, shown?: string): Cell => cellOf({ text, ...(shown !== undefined && { shown }) });

/** Whether every run behind a cell diverged: what it shows then is not the method's. */
export const onlyDiverged = ({ samples }: Pick<Cell, "samples">): boolean =>
  samples.length > 0 && samples.every(({ state }) => state === "diverged");

export interface Column {
  /** As CSV files name it. */
  readonly id: string;
  readonly title: string;
  /** The title on a page, where it is not the capitalised one. */
  readonly heading?: string;
  /** Measured: from records; derived: from other cells; printed: the paper's own; words: no number. */
  readonly kind: "measured" | "derived" | "printed" | "words";
  /** What its cells' `std` is, where it has a spread: of the sample, or the standard error of the mean. In CSV files
   *  `<id>_mean` and `<id>_std` or `<id>_error`. */
  readonly spread?: "std" | "error";
  readonly decimals: number;
  /** Absent where no value is better than another. */
  readonly better?: "higher" | "lower";
  /** Machines: in CSV files alone; people: everywhere else. */
  readonly only?: "machines" | "people";
}

/** A column of measured numbers. */
export const numberColumn = (id: string, title: string, decimals: number, more: Partial<Column> = {}): Column => ({
  id,
  title,
  kind: "measured",
  decimals,
  ...more,
});

export const wordColumn = (id: string, title: string, more: Partial<Column> = {}): Column => ({
  id,
  title,
  kind: "words",
  decimals: 0,
  ...more,
});

export interface Row {
  /** Method or dataset. */
  readonly id: string;
  readonly title: string;
  readonly inPaper: boolean;
  /** Of the row as a whole. */
  readonly marks: readonly Mark[];
  /** One per column. */
  readonly cells: readonly Cell[];
  /** Of its numbers, where the table's provenance does not say. */
  readonly numerics?: number | undefined;
  /** Left out for people. */
  readonly only?: "machines";
}

/** A row that the paper has not. */
export const rowOf = (id: string, title: string, cells: readonly Cell[], numerics?: number): Row => ({
  id,
  title,
  inPaper: false,
  marks: [],
  cells,
  ...(numerics !== undefined && { numerics }),
});

/** Where a table's numbers come from. */
export interface Provenance {
  /** Folder of the results. */
  readonly folder: string;
  readonly preset: string;
  readonly numerics: number;
  /** Name in the config. */
  readonly config: string;
  readonly configHash: string;
}

/** Rows under columns, made once and written in every format. */
export interface Table {
  /** Like "table1_top". */
  readonly id: string;
  /** Whole; empty for none. */
  readonly caption: string;
  /** What a row is, like "method" or "dataset". */
  readonly rowName: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Of all of it. */
  readonly marks: readonly Mark[];
  /** A list of statements; default: a grid of numbers, set to the right. */
  readonly layout?: "list";
  /** How marks of cells are told: by a line below for every row; default: by letters that lead to notes. */
  readonly marking?: "rows";
  /** What the numbers are, where the title does not say. */
  readonly definition?: string;
  /** Further lines below. */
  readonly notes?: readonly string[];
  /** Undefined where there are no records. */
  readonly provenance?: Provenance | undefined;
  /** The paper's experiment, like "E2". */
  readonly experiment?: string;
  /** Ends the names of rows in a CSV file that it shares with others. */
  readonly suffix?: string;
  /** Whether rows of its CSV file begin with the experiment, as several share it. */
  readonly namesExperiment?: true;
}
