import { because, type InertRule } from "../core/inert.js";
import { loadManifest } from "../data/index.js";
import { usualBudget } from "../tuning/bayes.js";
import { inEpochs } from "./length.js";
import type { Config } from "./schema.js";
import { rowsOf } from "./variants.js";

const datasetsOf = ({ suite }: Config): string[] => suite.domains.map((id) => id.split("/")[0]!);

/** Of a key that one dataset alone knows. */
const ofDataset = (dataset: string): InertRule<Config> => ({
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
 *  data are opened (`training.lastBatch` where every set divides evenly). */
export const INERT_KEYS: Readonly<Record<string, InertRule<Config>>> = {
  "model.pretrainedPrefix": {
    inert: ({ model }) => because(!("pretrained" in model) || model.pretrained === undefined, "no weights are given"),
    instead: "name a file with model.pretrained",
  },
  "suite.partition": ofDataset("rotated-mnist"),
  "suite.photos.caltechTrain": ofDataset("caltech256"),
  "suite.photos.petsSplit": ofDataset("pets"),
  "suite.photos.cropBanner": ofDataset("aircraft"),
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
