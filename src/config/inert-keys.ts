import { groupBy } from "../core/group.js";
import { because, type InertRule } from "../core/inert.js";
import { loadManifest } from "../data/manifest.js";
import { LEARNERS } from "../meta/index.js";
import type { LearnerEntry } from "../meta/meta-learner.js";
import { metamdInert, type MetamdSettings } from "../meta/metamd/settings.js";
import { OPTIMISERS } from "../optimisers/index.js";
import type { OptimiserEntry } from "../optimisers/optimiser.js";
import { usualBudget } from "../tuning/bayes.js";
import { show, type Problem } from "./faults.js";
import { inEpochs } from "./length.js";
import { dotted, isMapping, valueAt, type Mapping, type Path } from "./layers.js";
import type { Config } from "./schema.js";
import { rowsOf, steppingVariants, type Row } from "./variants.js";

const datasetsOf = ({ suite }: Config): string[] => suite.domains.map((id) => id.split("/")[0]!);

/** Of a key that one dataset alone knows. */
const of = (dataset: string): InertRule<Config> => ({
  inert: (config) => because(!datasetsOf(config).includes(dataset), `no domain is of ${dataset}`),
  instead: "add such a domain",
});

/** Whether a dataset's images may be larger than a frame. Those of photos vary, and of the user's own nothing is known. */
function mayBeLarger(dataset: string, size: number): boolean {
  const { format, image } = loadManifest()[dataset] ?? {};
  return image === undefined ? format !== "synthetic" : Math.max(image.height, image.width) > size;
}

function mayHaveMoreClasses(dataset: string, limit: number): boolean {
  const { classes = Infinity } = loadManifest()[dataset] ?? {};
  return (typeof classes === "number" ? classes : classes.length) > limit;
}

const ofLearning: InertRule<Config> = {
  inert: (config) =>
    because(
      rowsOf(config).every(({ learning }) => learning === undefined),
      "nothing is learned",
    ),
  instead: "add a learned method",
};

const tuningLength = ({ tuning, training }: Config): Config["training"]["steps"] => tuning.steps ?? training.steps;

const ofStrategy = (strategy: Config["tuning"]["strategy"]): InertRule<Config> => ({
  inert: ({ tuning }) => because(tuning.strategy !== strategy, `tuning.strategy is ${tuning.strategy}`),
  instead: `set tuning.strategy to ${strategy}`,
});

/** Of keys that only decide how many points a Bayesian search has. */
const ofItsLength: InertRule<Config> = {
  inert: ({ tuning: { strategy, budget } }) =>
    because(strategy === "bayes" && budget !== undefined, "tuning.budget says how many points there are"),
  instead: "leave tuning.budget out",
};

/** Of keys that only decide what a Bayesian search asks for after its initial points. */
const ofItsProposals: InertRule<Config> = {
  inert({ tuning: { strategy, bayes, budget } }) {
    if (strategy !== "bayes" || bayes === undefined) return undefined;
    const points = typeof budget === "object" ? budget.atMost : (budget ?? usualBudget(bayes));
    return because(points <= bayes.initial, `all ${points} points of the search are initial ones`);
  },
  instead: "lower tuning.bayes.initial",
};

const ofKeptWeights: InertRule<Config> = {
  inert: ({ keepWeights }) => because(!keepWeights, "trials keep no weights to look at"),
  instead: "set keepWeights to true",
};

/** Keys of a config, and when each can change nothing. What is not here always can, or that it cannot does not show before
 *  data are opened (`training.lastBatch` where every set divides evenly). @internal Exported for tests. */
export const INERT_KEYS: Readonly<Record<string, InertRule<Config>>> = {
  "suite.partition": of("rotated-mnist"),
  "suite.photos.caltechTrain": of("caltech256"),
  "suite.photos.petsSplit": of("pets"),
  "suite.photos.cropBanner": of("aircraft"),
  "suite.image.resample": {
    inert(config) {
      const { size } = config.suite.image!;
      const larger = datasetsOf(config).some((dataset) => mayBeLarger(dataset, size));
      return because(!larger, `no domain has images larger than ${size}x${size}`);
    },
    instead: "lower suite.image.size",
  },
  "suite.augmentation.metaTrain": ofLearning,
  "suite.classesPerTask": ofLearning,
  "suite.limits.classes": {
    inert(config) {
      const limit = config.suite.limits.classes!;
      const more = datasetsOf(config).some((dataset) => mayHaveMoreClasses(dataset, limit));
      return because(!more, `no domain has more than ${limit} classes`);
    },
    instead: "lower it",
  },
  "training.evalEvery": {
    inert(config) {
      const steps = tuningLength(config);
      return because(!inEpochs(steps) && config.training.evalEvery! >= steps, `a tuning run has ${steps} steps`);
    },
    instead: "lower it",
  },
  "training.aucWindowSteps": {
    inert: (config) =>
      because(inEpochs(config.training.steps) && inEpochs(tuningLength(config)), "every run is measured in epochs"),
    instead: "give training.steps as a number",
  },
  "training.schedule.everySteps": {
    inert(config) {
      const [{ schedule, steps }, other] = [config.training, tuningLength(config)];
      if (schedule.kind !== "step" || inEpochs(steps) || inEpochs(other)) return undefined;
      const longest = Math.max(steps, other);
      return because(schedule.warmupSteps + schedule.everySteps >= longest, `no run has more than ${longest} steps`);
    },
    instead: "lower it",
  },
  "tuning.budget": {
    inert: ({ tuning }) => because(tuning.strategy === "grid", "strategy grid tries every value"),
    instead: "set tuning.strategy to random, sobol or bayes",
  },
  "tuning.extendGrid": ofStrategy("grid"),
  "tuning.bayes": ofStrategy("bayes"),
  "tuning.bayes.iterations": ofItsLength,
  "tuning.bayes.countInit": ofItsLength,
  "tuning.bayes.prior": ofItsProposals,
  "tuning.bayes.beta": ofItsProposals,
  "analysis.images": ofKeptWeights,
  "analysis.lanczosSteps": ofKeptWeights,
  "analysis.eigenvalues": ofKeptWeights,
  "analysis.tolerance": ofKeptWeights,
  "analysis.products": ofKeptWeights,
  "analysis.landscape": ofKeptWeights,
  "analysis.rank": ofKeptWeights,
};

/** A key that is written and can change nothing. */
export interface InertKey extends Problem {
  /** Wrong only where a flag says it. In a file the settings of methods that are not compared wait for `methods` to be set
   *  to others by a flag, as `--set methods=all`. */
  readonly byFlagOnly?: true;
}

/** The keys that somebody wrote and that can change nothing in this config: who wrote one believes in an effect.
 *  @param written the config without defaults. */
export function inertKeys(config: Config, written: Mapping): InertKey[] {
  const rows = rowsOf(config);
  const timed = [...rows, ...steppingVariants(config)];
  const learned = Object.entries<LearnerEntry>(LEARNERS).flatMap(([learner, { inert }]) => {
    const settingsOf = ({ learning }: Row): object | undefined =>
      learning?.method === learner ? learning.settings : undefined;
    return ofRows(["metaTraining", learner], inert, rows, settingsOf, written);
  });
  const methods = Object.entries<OptimiserEntry>(OPTIMISERS).flatMap(([id, { inert }]) => {
    const settingsOf = ({ method, settings }: Row): object | undefined => (method === id ? settings : undefined);
    return ofRows(["methodSettings", id], inert, timed, settingsOf, written);
  });
  return [
    ...Object.entries(INERT_KEYS).flatMap(([key, rule]) => problemOf(key.split("."), rule, config, written)),
    ...learned,
    ...methods,
    ...ofOthers(rows, timed, written),
  ];
}

/** The same of MetaMD's meta-training at a path of any config. */
export const inertMetamdKeys = (path: Path, settings: MetamdSettings, written: Mapping): InertKey[] =>
  Object.entries<InertRule<MetamdSettings>>(metamdInert).flatMap(([key, rule]) =>
    problemOf([...path, key], rule, settings, written),
  );

function problemOf<Value>(path: Path, rule: InertRule<Value>, value: Value, written: Mapping): InertKey[] {
  if (!valueAt(written, path).found) return [];
  const why = rule.inert(value);
  return why === undefined ? [] : [problem(path, why, rule.instead, written)];
}

const problem = (path: Path, why: string, instead: string, written: Mapping): InertKey => ({
  path,
  given: `given ${show(valueAt(written, path).value)}, which changes nothing: ${why}`,
  accepted: undefined,
  remedy: `leave it out, or ${instead}`,
});

/** Keys of a method, and of the variants that have their own: one that several rows take must change nothing in any.
 *  @param settingsOf what a row has of them; undefined: nothing. */
function ofRows(
  [group, id]: readonly [group: string, id: string],
  rules: Readonly<Record<string, InertRule<object>>> = {},
  rows: readonly Row[],
  settingsOf: (row: Row) => object | undefined,
  written: Mapping,
): InertKey[] {
  return Object.entries(rules).flatMap(([key, rule]) => {
    const taken = rows.flatMap((row) => {
      const settings = settingsOf(row);
      const own = ["variants", row.id.split("/")[1] ?? "", group, key];
      return settings === undefined ? [] : [{ settings, path: valueAt(written, own).found ? own : [group, id, key] }];
    });
    return [...groupBy(taken, ({ path }) => dotted(path)).values()].flatMap((alike) => {
      const effective = alike.find(({ settings }) => rule.inert(settings) === undefined);
      const { path, settings } = effective ?? alike[0]!;
      return problemOf(path, rule, settings, written);
    });
  });
}

/** Settings of methods that no row has. @param timed rows, and variants that are only timed. */
function ofOthers(rows: readonly Row[], timed: readonly Row[], written: Mapping): InertKey[] {
  const methodsIn = (path: Path): string[] => {
    const { value } = valueAt(written, path);
    return isMapping(value) ? Object.keys(value) : [];
  };
  const byFlag = (path: Path, why: string, instead: string): InertKey => ({
    ...problem(path, why, instead, written),
    byFlagOnly: true,
  });
  const settings = methodsIn(["methodSettings"])
    .filter((id) => !timed.some(({ method }) => method === id))
    .map((id) => byFlag(["methodSettings", id], `${id} is not compared`, `add ${id} to methods`));
  const spaces = methodsIn(["tuning", "space", "methods"])
    .filter((id) => !rows.some(({ method }) => method === id))
    .map((id) => byFlag(["tuning", "space", "methods", id], `${id} is not compared`, `add ${id} to methods`));
  const learning = methodsIn(["metaTraining"])
    .filter((id) => !rows.some((row) => row.learning?.method === id))
    .map((id) => {
      const path = ["metaTraining", id];
      return rows.some(({ given }) => given?.method === id)
        ? problem(path, `learnedFiles has what ${id} learned`, `leave learnedFiles.${id} out`, written)
        : byFlag(path, "no method that is compared is learned so", "add one to methods");
    });
  return [...settings, ...spaces, ...learning];
}
