import { join } from "node:path";
import { EXIT, UserError } from "../../core/errors.js";
import { suggestion } from "../../core/registry.js";
import { listExperiments } from "../../records/store.js";
import { experimentOf, readEvidence } from "../evidence.js";
import { readExperiment, type Experiment } from "../experiment.js";
import type { StudyShow } from "../study-show.js";
import { findTable, isTable, noNumbers, tableNames } from "./make-table.js";
import { PANELS, PAPER_TABLES, type PanelEntry, type PanelId } from "./registry.js";
import { measureTrials, METRICS, type Metric, type Trials } from "../measured/trials.js";

/** An experiment, and which of its tables are asked for. */
export interface Choice {
  readonly experiment: Experiment;
  readonly metrics: readonly Metric[];
}

/** Finds what a name means among the experiments of a results folder.
 *  @param id a metric or an experiment's folder; absent: both metrics.
 *  @param only the experiment, where a config names it; @param preset narrows the others.
 *  @throws UserError (usage) that lists what there is. */
export function chooseTables(
  results: string,
  studies: readonly StudyShow[],
  id?: string,
  only?: string,
  preset?: string,
): Choice {
  const metric = id !== undefined && Object.hasOwn(METRICS, id) ? METRICS[id as Metric["id"]] : undefined;
  const named = metric === undefined ? id : undefined;
  const names = only === undefined ? listExperiments(results) : [only];
  const all = names.map((name) => readExperiment(results, name));
  const found = all.filter(
    ({ plan }) =>
      (named === undefined || plan.experiment === named) &&
      (only !== undefined || preset === undefined || plan.preset === preset),
  );
  const [experiment] = found;
  if (experiment === undefined) throw nothing(results, studies, id, all);
  if (found.length > 1)
    throw new UserError(EXIT.usage, {
      where: results,
      given: `${found.length} experiments${named === undefined ? "" : ` for ${named}`}`,
      accepted: found.map(({ plan }) => plan.experiment).join(", "),
      hint: `metamd table ${experiment.plan.experiment}, or --config FILE`,
    });
  return { experiment, metrics: metric === undefined ? Object.values(METRICS) : [metric] };
}

function nothing(
  results: string,
  studies: readonly StudyShow[],
  id: string | undefined,
  all: readonly Experiment[],
): UserError {
  if (all.length === 0 && (id === undefined || Object.hasOwn(METRICS, id)))
    return new UserError(EXIT.usage, {
      where: results,
      given: "no experiment in this folder",
      accepted: `a folder with ${join("<experiment>", "plan.json")}`,
      hint: "metamd run --config FILE first, or name the folder with --results DIR",
    });
  const known = [
    ...Object.keys(METRICS),
    ...all.map(({ plan }) => plan.experiment),
    ...["all", ...tableNames(studies)],
  ];
  return new UserError(EXIT.usage, {
    where: "table",
    given: id === undefined ? "no experiment of this preset" : `unknown name ${JSON.stringify(id)}`,
    accepted: [...new Set(known)].join(", "),
    hint: (id === undefined ? undefined : suggestion(id, known)) ?? "choose one of these",
  });
}

/** The trials behind a name, which methods are compared over: one of the paper's tables or panels, a metric, or an experiment's folder.
 *  @throws UserError (usage): no trials behind it, no records of it, or no such name. */
export function comparedTrials(
  results: string,
  studies: readonly StudyShow[],
  id?: string,
  only?: string,
  preset?: string,
): Trials[] {
  if (id === undefined || only !== undefined || !isTable(id, studies)) {
    const { experiment, metrics } = chooseTables(results, studies, id, only, preset);
    return metrics.map((metric) => measureTrials(experiment, metric));
  }
  const { table, panel } = findTable(id, studies);
  const panels = panel === undefined ? panelsOf(table) : [panel];
  const evidence = readEvidence(results, studies, preset);
  const ofTrials = panels.flatMap((one) => {
    const { source, experiment }: PanelEntry = PANELS[one];
    return source === "accuracy" || source === "auc" ? [{ metric: METRICS[source], experiment }] : [];
  });
  if (ofTrials.length === 0)
    throw new UserError(EXIT.usage, {
      where: "--statistics",
      given: `${id}, which has no trials to compare`,
      accepted: "a table of accuracies or areas: table1, table2, table3, table5, table6, table8",
    });
  const compared = ofTrials.flatMap(({ metric, experiment }) => {
    const held = experimentOf(evidence, experiment);
    return held === undefined ? [] : [measureTrials(held, metric)];
  });
  if (compared.length > 0) return compared;
  throw noNumbers(results, table, studies, panel);
}

/** The paper's panels in a table; none of one that is ours. */
const panelsOf = (table: string): PanelId[] =>
  Object.hasOwn(PAPER_TABLES, table)
    ? Object.values<readonly PanelId[]>(PAPER_TABLES[table as keyof typeof PAPER_TABLES]).flat()
    : [];
