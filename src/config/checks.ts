import { isLearned, META_LEARNERS } from "../meta/index.js";
import { repeated, type Problem } from "./faults.js";
import type { Path } from "./layers.js";
import type { Config } from "./schema.js";
import { holdouts } from "./suite.js";
import { tuningProblems } from "./tuning.js";

/** What one key alone cannot tell: lists without repetition, and a suite that can do what is asked of it. */
export function crossChecks(config: Config): Problem[] {
  const { suite, methods } = config;
  const { domains, protocol } = suite;
  const problems = [...repeated(["suite", "domains"], domains), ...repeated(["methods"], methods)];
  problems.push(...repeated(["trialWeightDecays"], config.trialWeightDecays ?? []));
  problems.push(...tuningProblems(config));
  if (protocol !== "leave-one-out") problems.push(...protocolProblems(domains, protocol));
  const learned = methods.filter(isLearned);
  const nothing = holdouts(config).find(({ metaTrain }) => metaTrain.length === 0);
  if (learned.length > 0 && nothing !== undefined && problems.length === 0)
    problems.push({
      path: ["suite", "domains"],
      given: `no domain left to learn ${learned.join(", ")} on when ${nothing.holdout} is held out`,
      accepted: "at least one domain besides the hold-out",
      remedy: `add a domain, or take ${learned.join(", ")} out of methods`,
    });
  problems.push(...headProblems(config));
  return problems;
}

/** Every drawing of classes has a classifier of its own: nothing can be learned for it. */
function headProblems({ suite, methods, metaTraining }: Config): Problem[] {
  if (suite.classesPerTask === undefined) return [];
  const learnedAs = new Set(methods.flatMap((id) => (isLearned(id) ? [META_LEARNERS[id].learnedAs] : [])));
  return [...learnedAs].flatMap((id): Problem[] => {
    const settings = metaTraining[id];
    if (!("includeHead" in settings) || !settings.includeHead) return [];
    const accepted = "false where suite.classesPerTask is given";
    return [{ path: ["metaTraining", id, "includeHead"], given: "given true", accepted, remedy: "set it to false" }];
  });
}

function protocolProblems(
  domains: readonly string[],
  protocol: Exclude<Config["suite"]["protocol"], string>,
): Problem[] {
  const { metaTest, metaTrain = [], sharedOnPurpose } = protocol;
  const path = (name: string, index: number): Path => ["suite", "protocol", name, index];
  const lists = { metaTest, metaTrain };
  const problems = Object.entries(lists).flatMap(([name, list]) => [
    ...repeated(["suite", "protocol", name], list),
    ...list.flatMap((domain, i): Problem[] =>
      domains.includes(domain)
        ? []
        : [
            {
              path: path(name, i),
              given: `given ${JSON.stringify(domain)}, which is no domain of the suite`,
              accepted: domains.join(", "),
              remedy: "add it to suite.domains, or delete it here",
            },
          ],
    ),
  ]);
  const shared = metaTrain.flatMap((domain, i) => (metaTest.includes(domain) ? [{ domain, i }] : []));
  if (sharedOnPurpose !== true)
    for (const { domain, i } of shared)
      problems.push({
        path: path("metaTrain", i),
        given: `given ${JSON.stringify(domain)}, which is in metaTest too`,
        accepted: "domains that are not tested on",
        remedy: "delete it in one of the lists, or say sharedOnPurpose: true",
      });
  else if (shared.length === 0)
    problems.push({
      path: ["suite", "protocol", "sharedOnPurpose"],
      given: "given, but no domain is both learned on and tested on",
      accepted: "nothing, where the lists have nothing in common",
      remedy: "leave it out",
    });
  return problems;
}
