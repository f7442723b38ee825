import type { ComponentChildren } from "preact";

/** What a table is copied and downloaded as. */
export interface TableTexts {
  readonly csv: string;
  readonly latex: string;
  readonly markdown: string;
}

/** A column of a page's table. Numeric ones are aligned to the right and begin with their largest value when sorted; wide
 *  ones hold sentences. */
export interface PageColumn {
  readonly title: string;
  readonly numeric?: boolean;
  readonly wide?: boolean;
}

/** A cell of a page's table: what is shown, what it is sorted by, and the letters of the notes under the table that belong
 *  to it. */
export interface PageCell {
  readonly shown: ComponentChildren;
  readonly value?: number | string | undefined;
  readonly letters?: readonly string[];
  /** A second line. */
  readonly below?: ComponentChildren;
  /** Ids of the runs behind it, which it leads to. */
  readonly runs?: readonly string[];
}

/** A note under a table; cells refer to it by its letter. */
export interface PageNote {
  readonly letter?: string;
  readonly text: string;
}

export interface PageRow {
  /** Rows of a method can be filtered. */
  readonly method?: string;
  readonly cells: readonly PageCell[];
}

export interface PageTableProps {
  readonly id: string;
  readonly caption: ComponentChildren;
  readonly columns: readonly PageColumn[];
  readonly rows: readonly PageRow[];
  /** Under the table. */
  readonly notes?: readonly PageNote[];
  /** What it is copied as; default: what it shows. */
  readonly texts?: TableTexts;
}
