import { EXIT, UserError } from "../core/errors.js";
import { suggestion } from "../core/registry.js";
import { domainIds } from "../data/index.js";
import type { ModelSettings } from "../models/index.js";
import {
  isLearned,
  learnerOf,
  METHOD_IDS,
  METHODS,
  PAPER_METHODS,
  type LearnerId,
  type MethodId,
} from "../optimisers/index.js";

/** What a new config is to compare, and on what. */
interface NewConfig {
  /** Of the results' folder. */
  readonly name: string;
  readonly domains: readonly string[];
  readonly model: ModelKind;
  readonly methods: readonly MethodId[];
}

type ModelKind = ModelSettings["kind"];

/** The images that each model is given, whatever the domains have. */
const MODELS: Readonly<Record<ModelKind, { readonly image: string; readonly normalise: string }>> = {
  mlp: { image: "{ size: 28, channels: 1 }", normalise: "none" },
  lenet: { image: "{ size: 28, channels: 1 }", normalise: "none" },
  resnet18s: { image: "{ size: 32, channels: 3 }", normalise: "meanstd" },
  resnet18: { image: "{ size: 224, channels: 3 }", normalise: "meanstd" },
};
export const MODEL_KINDS = Object.keys(MODELS) as ModelKind[];

/** Candidates that suit most methods; those of methods with another scale are as many (`candidates` of their entries). */
const RATES = [0.3, 0.1, 0.03, 0.01];

/** The least that a learner takes, to try a config in moments. */
const LEAST: Partial<Record<LearnerId, string>> = {
  l2o: "{ episodes: 1, episodeSteps: 5, unroll: 5, validationEpisodes: 1 }",
  meta_sgd: "{ gradientEvaluations: 40, warmupSteps: 5 }",
  meta_curvature: "{ gradientEvaluations: 40, warmupSteps: 5 }",
  aruba: "{ tasks: 2, innerSteps: 5 }",
  metamd: "{ outerSteps: 1, innerSteps: 5 }",
  metamd_short: "{ outerSteps: 1, innerSteps: 5 }",
};

/** Domains by their ids. @param data folder of all datasets, for the user's own ones.
 *  @throws UserError (usage) that lists what is known. */
export const domainsNamed = (ids: readonly string[], data: string): string[] =>
  known("--domains", ids, domainIds(data));

/** Methods by their ids; "all" is the paper's. @throws UserError (usage) that lists what is known. */
export function methodsNamed(ids: readonly string[]): MethodId[] {
  return ids.length === 1 && ids[0] === "all" ? [...PAPER_METHODS] : known("--methods", ids, METHOD_IDS, "all, ");
}

/** @throws UserError (usage) that lists what is known. */
export const modelNamed = (kind: string): ModelKind => known("--model", [kind], MODEL_KINDS)[0]!;

function known<Id extends string>(where: string, given: readonly string[], ids: readonly Id[], also = ""): Id[] {
  const named = [...new Set(given)];
  const unknown = named.filter((id) => !(ids as readonly string[]).includes(id));
  const accepted = also + ids.join(", ");
  if (named.length === 0) throw new UserError(EXIT.usage, { where, given: "nothing given", accepted });
  if (unknown.length > 0)
    throw new UserError(
      EXIT.usage,
      unknown.map((id) => ({
        where,
        given: `given ${JSON.stringify(id)}`,
        accepted,
        hint: suggestion(id, ids) ?? "choose among these, comma-separated",
      })),
    );
  return named as Id[];
}

/** The text of a config that compares methods on domains, with comments on what one would change first.
 *  @throws UserError (usage) where a method is to be learned and no domain is left to learn it on. */
export function newConfig({ name, domains, model, methods }: NewConfig): string {
  const learned = methods.filter(isLearned);
  if (learned.length > 0 && domains.length < 2)
    throw new UserError(EXIT.usage, {
      where: "--domains",
      given: `${domains[0]} alone: nothing is left to learn ${learned.join(", ")} on when it is held out`,
      accepted: "two domains or more",
      hint: `add a domain, or take ${learned.join(", ")} out of --methods`,
    });
  const { image, normalise } = MODELS[model];
  return `# Optimisers compared on domains held out in turn. All keys: docs/config.md; for editors: metamd config schema.
name: ${name} # folder of the results

suite:
  domains: [${domains.join(", ")}]
  protocol: leave-one-out # every domain in turn; or { metaTest: [${domains.at(-1)}] }: only that one
  image: ${image} # what every image is turned into
  normalise: ${normalise} # or none, meanstd, imagenet

model: { kind: ${model} } # or ${MODEL_KINDS.filter((kind) => kind !== model).join(", ")}

training:
  batchSize: 128
  steps: 10 epochs # or a number of mini-batches
  schedule: constant # of the learning rate

methods: [${methods.join(", ")}] # metamd methods lists them all
${metaTraining(learned.length > 0)}
tuning: # on the validation images of the held-out domain
  strategy: grid # or random, sobol, bayes
  seeds: 2
  steps: 3 epochs
  space:
    learningRate: [${RATES.join(", ")}]
    weightDecay: [0.0001]
${ownRates(methods, 4, (rates) => rates)}
trials: 3 # runs of every method on every holdout with the tuned values
seed: 0

presets:
  smoke: # with --preset smoke: shows in moments whether all of it works
    suite: { limits: { trainImages: 200, validationImages: 100, testImages: 100 } }
    training: { batchSize: 20, steps: 5, aucWindowSteps: 1 }
${leastOf(methods)}    tuning:
      seeds: 1
      steps: 5
      space:
        learningRate: [0.1]
${ownRates(methods, 8, (rates) => rates.slice(1, 2))}    trials: 1
`;
}

const metaTraining = (any: boolean): string =>
  any ? "# How long the learned ones are learned: metaTraining, by method, in docs/config.md.\n" : "";

/** The axes of methods that have a scale of their own. */
function ownRates(
  methods: readonly MethodId[],
  indent: number,
  of: (rates: readonly number[]) => readonly number[],
): string {
  const own = methods.flatMap((id) => {
    const { candidates } = METHODS.of(id);
    return candidates === undefined ? [] : [{ id, rates: of(candidates) }];
  });
  if (own.length === 0) return "";
  const lines = own.map(({ id, rates }) => `  ${id}: { learningRate: [${rates.join(", ")}] }`);
  return ["methods:", ...lines].map((line) => `${" ".repeat(indent)}${line}\n`).join("");
}

function leastOf(methods: readonly MethodId[]): string {
  const learners = [...new Set(methods.filter(isLearned).map(learnerOf))].filter((id) => LEAST[id] !== undefined);
  if (learners.length === 0) return "";
  return `    metaTraining:\n${learners.map((id) => `      ${id}: ${LEAST[id]}\n`).join("")}`;
}
