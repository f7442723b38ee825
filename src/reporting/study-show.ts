import type { AnalysisKind, RecordOf } from "../records/analysis.js";
import type { AnalysisStore } from "../records/analysis-store.js";
import type { Experiment } from "./experiment.js";
import type { Drawing, FigureOptions, NotRun } from "./figures/figure.js";
import type { FigureWidth } from "./figures/theme.js";
import type { CurveAxis } from "./measured/curves.js";
import type { Judged, OwnClaim } from "./paper/judged.js";
import type { Measurements } from "./measured/measurements.js";
import type { ClaimMetric, Predicate, PrintedTable } from "./paper/paper-results.js";
import type { Table } from "./table/table.js";
import type { PanelHead } from "./tables/registry.js";

/** An analysis and where its series lie. */
export interface StoredAnalysis<Kind extends AnalysisKind = AnalysisKind> {
  readonly store: AnalysisStore;
  readonly record: RecordOf<Kind>;
}

/** Everything that a results folder holds. */
export interface Evidence {
  readonly results: string;
  readonly experiments: readonly Experiment[];
  readonly analyses: readonly StoredAnalysis[];
  /** Those whose analyses are read, and what they show of them. */
  readonly studies: readonly StudyShow[];
}

/** A figure of a results folder. One called fig and a number is the paper's. */
export interface FigureEntry {
  readonly title: string;
  /** What it shows, in a sentence. */
  readonly shows: string;
  /** The paper's experiment; absent where all experiments are shown. */
  readonly experiment?: string;
  /** The records it is made of, in words. */
  readonly needs: string;
  readonly width: FigureWidth;
  /** The axis of its curves, unless another is asked for; default steps. */
  readonly by?: CurveAxis;
  draw(evidence: Evidence, options: FigureOptions): Drawing | NotRun;
}

/** A table of a results folder. */
export interface TableEntry {
  /** Heading among the paper's tables in the report; absent: it is ours, and stands with what it is about. */
  readonly title?: string;
  /** Its CSV files, and the panels that each holds; of none: all of them. */
  readonly files: Readonly<Record<string, readonly string[]>>;
  /** What makes its records. @param only one of its panels. */
  command(studies: readonly StudyShow[], only?: string): string;
  /** @param only one of its panels. */
  panels(evidence: Evidence, only?: string): Table[];
}

/** A panel of one of the paper's tables, which a study fills. */
export interface StudyPanel {
  /** What makes its records, like "analyse cost". */
  readonly command: string;
  make(evidence: Evidence, head: PanelHead, printed: PrintedTable["panels"][number]): Table;
}

/** What a study hands in: the records that it makes, and what is shown of them. Reporting knows no study by name. */
export interface StudyShow {
  readonly kinds: readonly AnalysisKind[];
  /** Tables and figures by id. */
  readonly tables?: Readonly<Record<string, TableEntry>>;
  readonly figures?: Readonly<Record<string, FigureEntry>>;
  /** What the report shows with the analyses, besides the tables that are ours. */
  reportTables?(evidence: Evidence): Table[];
  /** Panels of the paper's tables, by what they measure. */
  readonly panels?: Readonly<Partial<Record<ClaimMetric, StudyPanel>>>;
  /** What the paper's claims and cells are judged on. @param experiments of the paper, those that say more first. */
  readonly measures?: Readonly<
    Partial<Record<ClaimMetric, (evidence: Evidence, experiments: readonly string[]) => Measurements | undefined>>
  >;
  /** Judges the paper's claims of a kind. @returns why not, in words. */
  readonly judges?: Readonly<Partial<Record<Predicate["kind"], (evidence: Evidence) => Judged | string>>>;
  /** Claims that are ours. */
  claims?(evidence: Evidence): OwnClaim[];
}
