import { experimentOf } from "../evidence.js";
import type { Evidence } from "../study-show.js";
import type { Experiment } from "../experiment.js";
import { accuracyOf } from "../measured/trials.js";
import { meanLoss, trialsOf, windowedCurve, type MeanCurve } from "../measured/curves.js";
import type { NotRun } from "./figure.js";
import * as words from "./figure-texts.js";
import { domainName, enumerated } from "./figure-texts.js";

/** Curves of all methods on some holdouts. */
export interface Curves {
  readonly title: string;
  readonly domains: readonly string[];
  readonly experiment: Experiment;
  readonly curves: readonly MeanCurve[];
  readonly name: (method: string) => string;
  readonly windowSteps: number;
}

/** Mean curves over some holdouts of one of the paper's experiments; default all. */
export function curvesOf(evidence: Evidence, id: string, config: string, domains?: readonly string[]): Curves | NotRun {
  const experiment = experimentOf(evidence, id);
  const where = domains === undefined || domains.length === 0 ? "" : ` on ${enumerated(domains.map(domainName))}`;
  const none = words.notRun(`no finished trial of ${id}${where}`, words.runCommand(config));
  if (experiment === undefined) return none;
  const { plan } = experiment;
  const chosen = domains ?? plan.holdouts.filter((domain) => !plan.missing.some((one) => one.domain === domain));
  const curves = plan.methods
    .map(({ id: method }) => meanLoss(experiment, method, chosen))
    .filter(({ runs }) => runs > 0);
  const [first] = plan.methods.flatMap(({ id: method }) => trialsOf(experiment, method, chosen).records);
  if (first === undefined) return none;
  const titles = new Map(plan.methods.map(({ id: method, title }) => [method, title]));
  return {
    experiment,
    curves,
    domains: chosen,
    title: chosen.length === 1 ? domainName(chosen[0]!) : (experiment.plan.title ?? experiment.plan.experiment),
    name: (method) => titles.get(method) ?? method,
    windowSteps: windowedCurve(experiment, first).windowSteps,
  };
}

/** Test accuracies after the last step; a diverged run counts as chance. */
export const accuraciesOf = ({ experiment, domains }: Curves, method: string): number[] =>
  trialsOf(experiment, method, domains).records.flatMap((record) => accuracyOf(record) ?? []);
