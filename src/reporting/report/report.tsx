import { timestamp } from "../../core/clock.js";
import type { Plan } from "../../records/plan.js";
import { readEvidence } from "../evidence.js";
import type { Evidence, StudyShow } from "../study-show.js";
import { isNotRun } from "../figures/figure.js";
import { figuresOf } from "../figures/index.js";
import { makeFigure } from "../figures/make-figure.js";
import { readStatus } from "../../records/status.js";
import { renderPage, type Part } from "./page.js";
import { Answer, mainExperiment } from "./sections/answer.js";
import { Analyses } from "./sections/analyses.js";
import { Claims } from "./sections/claims.js";
import { Experiments } from "./sections/experiments.js";
import { Failures } from "./sections/failures.js";
import { Figures, titleOfFigure, type Shown } from "./sections/figures.js";
import { PaperTables, paperTables, tableTitles } from "./sections/paper-tables.js";
import { Provenance } from "./sections/provenance.js";
import { ResultTables } from "./sections/result-tables.js";
import type { AnalysisRecord } from "../../records/analysis.js";
import { methodTitle } from "../method-title.js";
import { runData } from "./run-data.js";
import { Runs } from "./sections/runs.js";
import { Scores } from "./sections/scores.js";
import { Tuning } from "./sections/tuning.js";

export interface ReportOptions {
  /** Only experiments of this preset. */
  readonly preset?: string | undefined;
  /** A page that its server keeps up to date. */
  readonly live?: boolean;
}

/** Everything that a results folder holds as one HTML page.
 *  @throws UserError: (usage) there is nothing in it; (data) a file is damaged. */
export async function report(
  results: string,
  studies: readonly StudyShow[],
  { preset, live = false }: ReportOptions = {},
): Promise<string> {
  const evidence = readEvidence(results, studies, preset);
  const methods = methodsOf(evidence);
  return renderPage({
    title: "Optimisers compared",
    about: `Made ${timestamp().slice(0, 16).replace("T", " ")} UTC by metamd from the records of the runs below.`,
    parts: await partsOf(evidence),
    live,
    methods,
    runs: runData(evidence, methods),
  });
}

async function partsOf(evidence: Evidence): Promise<Part[]> {
  const { experiments } = evidence;
  const statuses = experiments.map(({ store, plan }) => readStatus(store.folder, plan));
  const tables = paperTables(evidence);
  const figures: Shown[] = [];
  for (const [id, { title }] of Object.entries(figuresOf(evidence.studies)))
    figures.push({ id, title: titleOfFigure(id, title), made: await makeFigure(evidence, id, { narrow: true }) });
  const drawn = figures.filter(({ made }) => !isNotRun(made));
  const main = mainExperiment(evidence);
  return [
    { id: "answer", title: "The answer", body: <Answer evidence={evidence} statuses={statuses} /> },
    {
      id: "figures",
      title: "Figures",
      parts: drawn.map(({ id, title }) => ({ id, title })),
      body: <Figures figures={figures} />,
    },
    { id: "claims", title: "Claims", body: <Claims evidence={evidence} /> },
    {
      id: "tables",
      title: "The paper's tables",
      parts: tableTitles(evidence, tables),
      body: <PaperTables evidence={evidence} tables={tables} />,
    },
    {
      id: "results",
      title: "Every experiment",
      parts: experiments.map(({ plan }) => ({ id: `results-${plan.experiment}`, title: plan.experiment })),
      body: <ResultTables experiments={experiments} above={main} />,
    },
    { id: "scores", title: "Scores", body: <Scores evidence={evidence} /> },
    { id: "analyses", title: "Analyses", body: <Analyses evidence={evidence} /> },
    { id: "tuning-cost", title: "Tuning", body: <Tuning experiments={experiments} /> },
    { id: "experiments", title: "Progress", body: <Experiments evidence={evidence} statuses={statuses} /> },
    { id: "runs", title: "Runs", body: <Runs /> },
    { id: "failures", title: "Failures", body: <Failures evidence={evidence} statuses={statuses} /> },
    { id: "provenance", title: "Provenance", body: <Provenance evidence={evidence} /> },
  ];
}

/** Every method of any experiment, each once. */
function methodsOf({ experiments, analyses }: Evidence): Plan["methods"] {
  const methods = new Map<string, Plan["methods"][number]>(
    experiments.flatMap(({ plan }) => plan.methods.map((one) => [one.id, one] as const)),
  );
  for (const id of analyses.flatMap(({ record }) => analysedMethods(record)))
    if (!methods.has(id)) methods.set(id, { id, title: methodTitle(id) });
  return [...methods.values()];
}

interface Analysed {
  readonly method?: string;
  readonly rows?: readonly { readonly method?: string }[];
}

/** The methods that an analysis has numbers of. */
function analysedMethods(record: AnalysisRecord): string[] {
  const { method, rows = [] } = record as AnalysisRecord & Analysed;
  return method === undefined ? rows.flatMap((row) => row.method ?? []) : [method];
}
