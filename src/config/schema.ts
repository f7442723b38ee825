import { z } from "zod";
import {
  CALTECH_TRAIN,
  domainIds,
  LAST_BATCHES,
  NORMALISATIONS,
  PARTITIONS,
  PETS_SPLITS,
  RESAMPLINGS,
} from "../data/index.js";
import { LEARNER_IDS, LEARNERS, type OWN_LEARNERS } from "../meta/index.js";
import { modelSettings } from "../models/index.js";
import {
  METHOD_IDS,
  METHODS,
  PAPER_METHODS,
  type LearnerId,
  type MethodId,
  type OwnLearnerId,
} from "../optimisers/index.js";
import { schedule } from "../optimisers/shared/schedules.js";
import { NOTHING_BROUGHT, type Brought } from "../plugins/index.js";
import { bayesSettings } from "../tuning/bayes.js";
import { halvingSettings } from "../tuning/halving.js";
import { axes } from "../tuning/space.js";
import { STRATEGIES } from "../tuning/strategies.js";
import { key, name } from "./keys.js";
import { length } from "./length.js";
import { variantsOf } from "./variants.js";

/** One optional value per method. */
const perMethod = <Value extends z.ZodType>(
  ids: readonly MethodId[],
  of: (id: MethodId) => Value,
): z.ZodType<Partial<Record<MethodId, z.output<Value>>>> =>
  z.strictObject(Object.fromEntries(ids.map((id) => [id, of(id).optional()]))) as never;

/** One value per learner; those of plug-ins are no part of the type. */
const perLearner = <Values extends Record<OwnLearnerId, z.ZodType>>(
  ids: readonly LearnerId[],
  of: (id: LearnerId) => z.ZodType,
): z.ZodObject<Values, z.core.$strict> => z.strictObject(Object.fromEntries(ids.map((id) => [id, of(id)]))) as never;
type LearnerSettings = { [Id in OwnLearnerId]: z.ZodPrefault<(typeof OWN_LEARNERS)[Id]["settings"]> };

const count = z.int().positive();

/** The keys of a suite that name domains. */
const naming = (domains: z.ZodType<string[]>) => ({
  domains: key(domains, "ids of the domains, in the order of the tables"),
  protocol: key(
    z.union([
      z.literal("leave-one-out"),
      z.strictObject({
        metaTest: key(domains, "domains that are tested on"),
        metaTrain: key(domains.optional(), "domains that optimisers are learned on; default: all others"),
        sharedOnPurpose: key(
          z.literal(true).optional(),
          "optimisers are tested on domains that they were learned on, which says nothing of new ones",
        ),
      }),
    ]),
    "every domain in turn is tested on and the others are learned from, or fixed lists",
    "leave-one-out",
  ),
});
const domainsOf = (ids: readonly string[]): z.ZodType<string[]> => z.array(z.enum(ids)).min(1);

const augmentation = z.strictObject({
  crop: key(z.int().min(0).default(0), "zeros around an image before a crop of its size is taken", 4),
  flip: key(z.boolean().default(false), "whether half of the images are mirrored left to right"),
});

const suite = z.strictObject({
  ...naming(domainsOf(domainIds())),
  partition: key(z.enum(PARTITIONS).default("shared"), "which images a rotated MNIST domain shows"),
  photos: key(
    z
      .strictObject({
        caltechTrain: key(
          z.literal(CALTECH_TRAIN).optional(),
          "training images of a Caltech-256 class; absent: 50",
          60,
        ),
        petsSplit: key(z.enum(PETS_SPLITS).optional(), "of Pets; absent: official", "paper-counts"),
        cropBanner: key(z.boolean().optional(), "whether the banner of Aircraft is cut off; absent: true", false),
      })
      .optional(),
    "ways in which photo datasets can be taken",
  ),
  image: key(
    z
      .strictObject({
        size: key(count, "height and width", 32),
        channels: key(z.literal([1, 3]), "1: grey, 3: colour", 3),
        resample: key(
          z.enum(RESAMPLINGS).default("bilinear"),
          "how images are made smaller: bilinear as Pillow and torchvision do, antialiased; area by the mean of what a pixel covers",
        ),
      })
      .optional(),
    "what every image is turned into; absent: images as their dataset has them",
    { size: 32, channels: 3 },
  ),
  normalise: key(
    z.enum(NORMALISATIONS).default("none"),
    "none: x/255; meanstd: by channel, with the moments of the domain's train split; imagenet: with ImageNet's",
  ),
  augmentation: key(
    z.strictObject({ metaTrain: augmentation.prefault({}), metaTest: augmentation.prefault({}) }).prefault({}),
    "random changes of training images, while learning an optimiser and while testing it",
  ),
  classesPerTask: key(
    count.min(2).optional(),
    "classes that every inner run of meta-training draws from its domain; absent: all of them",
    20,
  ),
  limits: key(
    z
      .strictObject({
        classes: key(count.min(2).optional(), "only this many classes of every domain, the first ones"),
        trainImages: key(count.optional(), "at most this many training images per domain, class-balanced"),
        validationImages: key(count.optional(), "at most this many validation images"),
        testImages: key(count.optional(), "at most this many test images"),
      })
      .prefault({}),
    "how much of every domain is used; absent: all",
  ),
});

const training = z.strictObject({
  batchSize: key(count, "examples of a mini-batch", 128),
  lastBatch: key(
    z.enum(LAST_BATCHES).default("drop"),
    "what an epoch has left over after its full batches, also in meta-training: drop: it is not seen; run-on: it begins " +
      "a batch that the next epoch fills up; partial: it is a smaller batch. A set smaller than a batch is one batch",
  ),
  steps: key(length, "mini-batches of a run, or its epochs", 500),
  evalEvery: key(
    count.optional(),
    "steps between the evaluations of a tuning run on the validation split; absent: at its end only",
    50,
  ),
  schedule: key(schedule.prefault("constant"), "of the learning rate: a name, or a mapping with its settings"),
  aucWindowSteps: key(
    count.default(50),
    "steps whose mean loss is one point of the AUC; of a run in epochs it is an epoch",
  ),
  divergenceLoss: key(
    z.number().positive().default(1e4),
    "a mini-batch loss above it, or the evaluation's at the end, makes a run a diverged one",
  ),
});

const tuning = (methods: readonly MethodId[]) =>
  z.strictObject({
    strategy: key(z.enum(STRATEGIES).default("grid"), "how the space is searched: lists by grid, ranges by the others"),
    budget: key(
      z
        .union([
          count,
          z.strictObject({
            minutes: key(
              z.number().positive(),
              "recorded time of a method's tuning runs on a holdout that ends it",
              60,
            ),
            atMost: key(count.default(100), "points in all"),
          }),
        ])
        .optional(),
      "points in all, or minutes, per method and holdout; absent: 25, of bayes 5 and 25",
      25,
    ),
    extendGrid: key(
      z.literal(true).optional(),
      "of strategy grid: grow it, up to three times, while the best lies on its edge",
    ),
    bayes: key(bayesSettings.optional(), "of strategy bayes"),
    earlyStopping: key(halvingSettings.optional(), "of grid, random and sobol; absent: every run has its whole length"),
    seeds: key(
      count.default(1),
      "runs per point; their mean validation accuracy decides, within one standard error the training loss",
    ),
    split: key(z.enum(["validation"]).default("validation"), "split that selects"),
    steps: key(length.optional(), "steps of a tuning run, or its epochs; absent: as training.steps", 500),
    space: key(
      z.strictObject({
        ...axes,
        methods: key(
          perMethod(methods, () => z.strictObject(axes).partial()).prefault({}),
          "axes that differ for a method",
        ),
      }),
      "candidates for every method",
    ),
  });

const learnedFile = z
  .string()
  .min(1)
  .meta({ accepted: "a safetensors file", examples: ["metamd.safetensors"] })
  .optional()
  .describe("a path from the working folder");

/** How trained models are looked at afterwards. */
const analysis = z.strictObject({
  images: key(count.default(1024), "training images, drawn class-balanced, whose loss the Hessian is of"),
  lanczosSteps: key(
    count.default(30),
    "products with the Hessian that its largest eigenvalues are sought with, at most",
  ),
  eigenvalues: key(count.default(3), "how many of the largest"),
  tolerance: key(
    z.number().positive().default(1e-3),
    "|Hv - λv| over |λ| at which the largest counts as found, and the search ends",
  ),
  products: key(
    z.enum(["exact", "central"]).default("exact"),
    "exact: by differentiating the gradient; central: by differences of gradients, in less memory",
  ),
  landscape: key(
    z
      .strictObject({
        from: key(z.number().default(-1), "where the line along the unit eigenvector begins"),
        to: key(z.number().default(1), "where it ends", 1),
        points: key(count.min(2).default(41), "losses along it, evenly spaced"),
      })
      .prefault({}),
    "the training loss along the eigenvector of the largest eigenvalue",
  ),
  rank: key(
    z
      .strictObject({
        splits: key(
          z
            .array(z.enum(["test", "train"]))
            .min(1)
            .default(["test", "train"]),
          "whose features are measured",
        ),
      })
      .prefault({}),
    "the singular values of the features before the classifier",
  ),
});

/** The keys that compare methods, and say how each is set and learned. */
const comparing = (methods: readonly MethodId[], learners: readonly LearnerId[]) => ({
  methods: key(
    z.union([z.literal("all").transform((): MethodId[] => [...PAPER_METHODS]), z.array(z.enum(methods)).min(1)]),
    "ids of the optimisers to compare, in the order of the tables; all: the paper's fourteen",
  ),
  variants: key(
    variantsOf(methods).optional(),
    "rows of their own after the methods, by name: a method (of) with some metaTraining and methodSettings changed",
  ),
  methodSettings: key(
    perMethod(methods, (id) => METHODS.of(id).settings as z.ZodType<object>).prefault({}),
    "hyper-parameters of a method, by its id",
  ),
  metaTraining: key(
    perLearner<LearnerSettings>(learners, (id) => LEARNERS.of(id).settings.prefault({})).prefault({}),
    "how the learned methods are learned, by method",
  ),
  learnedFiles: key(
    perLearner<Record<OwnLearnerId, typeof learnedFile>>(learners, () => learnedFile).optional(),
    "learned optimisers that are applied instead of learning new ones, by method (metamd export makes such files)",
  ),
});

/** A config file without its presets. @param brought what it may name besides what comes with the program. */
const configSchema = ({ methods, learners, models }: Brought) => {
  const known: readonly MethodId[] = [...METHOD_IDS, ...methods];
  return z.strictObject({
    name,
    title: key(z.string().min(1).optional(), "for people"),
    table: key(
      z
        .string()
        .regex(/^[a-z0-9_]+$/)
        .optional(),
      "id of the paper's table that it makes",
      "table1_top",
    ),
    experiment: key(z.string().min(1).optional(), "number of the paper's experiment", "E2"),
    plugins: key(
      z.array(z.string().min(1).meta({ accepted: "paths to modules" })).optional(),
      "modules with methods, learners or models of your own; paths from this file's folder, with --set from the working folder",
      ["./lion.mjs"],
    ),
    suite,
    model: key(modelSettings(models), "what is trained"),
    training,
    ...comparing(known, [...LEARNER_IDS, ...learners]),
    tuning: tuning(known),
    trials: key(count.default(3), "runs of every method on every holdout with the tuned hyper-parameters"),
    trialWeightDecays: key(
      z.array(z.number().min(0)).min(1).optional(),
      "every trial is run once at each of these, with the tuned learning rate; absent: once, at the tuned one",
      [0, 1e-4],
    ),
    seed: key(z.int().min(0).default(0), "of everything random"),
    keepWeights: key(z.boolean().default(false), "whether trials keep their trained weights, which analyses need"),
    engine: key(
      z
        .strictObject({
          gpuMemoryGrowth: key(
            z.boolean().default(true),
            "whether a run takes a GPU's memory as it needs it; false: all of it at once. No number depends on it",
            false,
          ),
          tf32: key(
            z.boolean().default(false),
            "whether a GPU's products round their factors to ten bits (TF32): faster, with other numbers",
            true,
          ),
          deterministic: key(
            z.boolean().default(true),
            "whether a GPU gives the same numbers every time; false: it may be faster, and no run can be repeated exactly",
            false,
          ),
        })
        .prefault({}),
      "of the native engine that computes runs; --engine chooses one",
    ),
    analysis: key(analysis.prefault({}), "how metamd analyse looks at trained models"),
  });
};
export type Config = z.output<ReturnType<typeof configSchema>>;

const plainSchema = configSchema(NOTHING_BROUGHT);

/** The same, where the user's own domains are known too, and what plug-ins bring. @param dataFolder folder of all datasets.
 *  @throws UserError (data) when its manifest is wrong. */
export function configSchemaFor(dataFolder?: string, brought: Brought = NOTHING_BROUGHT): z.ZodType<Config> {
  const schema = brought === NOTHING_BROUGHT ? plainSchema : configSchema(brought);
  if (dataFolder === undefined) return schema;
  const ids = domainIds(dataFolder);
  return ids.length === domainIds().length ? schema : schema.extend({ suite: suite.extend(naming(domainsOf(ids))) });
}
