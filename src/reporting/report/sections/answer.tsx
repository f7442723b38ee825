import type { VNode } from "preact";
import type { Status } from "../../../records/status.js";
import type { Evidence } from "../../study-show.js";
import type { Experiment } from "../../experiment.js";
import { fullestExperiment } from "../../evidence.js";
import { experimentName } from "../../figures/searches.js";
import { measureTrials, METRICS } from "../../measured/trials.js";
import { answerOf } from "../answer.js";
import { Fact, Section } from "../elements.js";
import { duration } from "../../../core/wording.js";
import { ResultTableView } from "./result-tables.js";

interface Props {
  readonly evidence: Evidence;
  readonly statuses: readonly Status[];
}

/** The experiment whose table the page begins with: of those with a finished trial the one that says most of the paper, one of
 *  the paper's own before others that say as much, and of these the paper's first. */
export const mainExperiment = (evidence: Evidence): Experiment | undefined => {
  const held = evidence.experiments.filter(hasTrials).sort((a, b) => place(a) - place(b));
  return fullestExperiment({ ...evidence, experiments: held }, () => true);
};

/** Of the paper's experiments, which it has in this order. */
const place = ({ plan }: Experiment): number =>
  Number(/^E(\d+)$/.exec(String(plan.config["experiment"]))?.[1] ?? Infinity);

/** One sentence, the main table, and a sentence on each of the other experiments. */
export function Answer({ evidence, statuses }: Props): VNode {
  const main = mainExperiment(evidence);
  const others = evidence.experiments.filter((one) => one !== main && hasTrials(one));
  return (
    <Section id="answer" title="The answer">
      {main === undefined ? (
        <p>No trial has finished yet: there is no accuracy to compare.</p>
      ) : (
        <>
          <p class="lead">
            {experimentName(main)}, preset {main.plan.preset}: {sentence(main)}
          </p>
          <ResultTableView trials={measureTrials(main, METRICS.accuracy)} />
        </>
      )}
      {others.length > 0 && (
        <ul class="answers">
          {others.map((one) => (
            <li>
              <a href={`#results-${one.plan.experiment}`}>{experimentName(one)}</a>, preset {one.plan.preset}:{" "}
              {sentence(one)}
            </li>
          ))}
        </ul>
      )}
      <Facts evidence={evidence} statuses={statuses} />
    </Section>
  );
}

const hasTrials = ({ records }: Experiment): boolean =>
  [...records.values()].some(({ cell, state }) => cell.phase === "trial" && (state === "done" || state === "diverged"));

const sentence = (experiment: Experiment): string => answerOf(measureTrials(experiment, METRICS.accuracy));

function Facts({ evidence, statuses }: Props): VNode {
  const total = (state: keyof Status["total"]): number => statuses.reduce((sum, one) => sum + one.total[state], 0);
  const milliseconds = evidence.experiments
    .flatMap(({ records }) => [...records.values()])
    .reduce((sum, { timings }) => sum + timings.wallMilliseconds, 0);
  return (
    <dl class="facts">
      <Fact name="Experiments">{statuses.length}</Fact>
      <Fact name="Runs finished">
        {total("done") + total("diverged") + total("skipped")} of {total("runs")}
      </Fact>
      <Fact name="Diverged (a result)">{total("diverged")}</Fact>
      <Fact name="Failed">{total("failed") + total("damaged")}</Fact>
      <Fact name="Running now">{total("running")}</Fact>
      <Fact name="Analyses">{evidence.analyses.length}</Fact>
      <Fact name="Time of all runs">{duration(milliseconds / 1000)}</Fact>
    </dl>
  );
}
