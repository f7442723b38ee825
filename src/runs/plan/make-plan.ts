import { contentId } from "../../core/hash.js";
import { memoryOfMachine } from "../../core/memory.js";
import type { ResolvedConfig } from "../../config/load.js";
import { holdouts } from "../../config/suite.js";
import { methodOf, rowsOf } from "../../config/variants.js";
import { refuseLongTrajectories } from "../../meta/metamd/trajectories.js";
import { NUMERICS } from "../../records/numerics.js";
import {
  PLAN_VERSION,
  type Cell,
  type MetaTrainCell,
  type Plan,
  type TrialCell,
  type TuneCell,
} from "../../records/plan.js";
import { availableDomains } from "./available-domains.js";
import { checkFits, givenLearned, refuseLeak } from "./given-learned.js";
import { hasPretrained, modelFor, modelIdentity } from "../../training/pretrained.js";
import { tooFewClasses } from "../cell/meta-task.js";
import { augmentationOf } from "../cell/cell-steps.js";
import { smallSets } from "./small-sets.js";
import { learningTrajectories } from "./learning-trajectories.js";
import { tuningSlots } from "../search/slots.js";

/** Every run of an experiment, in the order in which they are run.
 *  A run's id is the hash of its resolved cell, of the ids it builds on, of its data's checksums, and of the numerics.
 *  @param skipMissing whether domains without data are left out.
 *  @throws UserError: (data) that names every dataset that is missing, or what of given initial weights does not fit;
 *  (usage) a given learned file does not fit, or was learned where it is tested; an unrolled inner run does not fit into
 *  this machine's memory. */
export function makePlan(config: ResolvedConfig, dataFolder: string, skipMissing = false): Plan {
  const available = availableDomains(config, dataFolder, skipMissing);
  if (hasPretrained(config.model)) for (const domain of available.domains.values()) modelFor(config, domain);
  const checksum = (id: string): string => available.domains.get(id)!.checksum;
  const { classesPerTask } = config.suite;
  const learnedFrom = (id: string): string => {
    const { classes, checksum } = available.domains.get(id)!;
    if (classesPerTask !== undefined && classes < classesPerTask) throw tooFewClasses(id, classes, classesPerTask);
    return checksum;
  };
  const cells = new Map<string, Cell>();
  // A variant's runs are those of its method with these settings, by whatever name.
  const add = <C extends Cell>(cell: Omit<C, "id">, method: string, more: object): C => {
    const id = contentId({ numerics: NUMERICS, cell: { ...cell, method }, ...more });
    const whole = { id, ...cell } as C;
    if (!cells.has(id)) cells.set(id, whole);
    return whole;
  };
  const rows = rowsOf(config);
  const [anyDomain] = available.domains.values();
  if (anyDomain !== undefined)
    refuseLongTrajectories(
      learningTrajectories(config, modelFor(config, anyDomain).model, "float32"),
      memoryOfMachine(),
    );
  const { training, seed } = config;
  const model = modelIdentity(config.model);
  const { batchSize, lastBatch, divergenceLoss } = training;
  for (const { holdout, metaTrain } of available.holdouts) {
    // Meta-trainings first: they are long, and a pool has other runs to do beside them.
    const learnedBy = new Map<string, string>();
    for (const { id, learning } of rows) {
      if (learning === undefined) continue;
      const cell: Omit<MetaTrainCell, "id"> = {
        phase: "meta-train",
        method: learning.id,
        seed,
        metaTrain,
        dependsOn: [],
        ...(config.suite.protocol === "leave-one-out" && { holdout }),
      };
      const more = {
        model,
        batchSize,
        lastBatch,
        divergenceLoss,
        settings: learning.settings,
        data: metaTrain.map(learnedFrom),
        augmentation: augmentationOf(config, "meta-train"),
        classesPerTask,
      };
      learnedBy.set(id, add<MetaTrainCell>(cell, learning.method, more).id);
    }
    for (const { id: method, settings } of rows) {
      const learned = learnedBy.get(method);
      const given = givenLearned(config, method);
      if (given !== undefined) {
        const { parameters } = modelFor(config, available.domains.get(holdout)!).model;
        refuseLeak(config, given, holdout);
        checkFits(given.path, given, methodOf(method), parameters);
      }
      const dependsOn = learned === undefined ? [] : [learned];
      const shared = { method, metaTrain: learned === undefined ? (given?.domains ?? []) : metaTrain, holdout };
      const more = {
        model,
        training,
        settings,
        data: checksum(holdout),
        augmentation: augmentationOf(config, "trial"),
        base: seed,
        ...(given && { learned: given.sha256 }),
      };
      const tuning: string[][] = [];
      for (const { point, search, after, steps, definition } of tuningSlots(config, method)) {
        const needed = [...dependsOn, ...after.flatMap((slot) => tuning[slot]!)];
        const run = (index: number): string => {
          const own = { ...point, ...(search !== undefined && { search }) };
          const cell: Omit<TuneCell, "id"> = { phase: "tune", ...shared, seed: index, dependsOn: needed, ...own };
          return add<TuneCell>(cell, methodOf(method), { ...more, steps, definition }).id;
        };
        tuning.push(Array.from({ length: config.tuning.seeds }, (_, index) => run(index)));
      }
      const points = config.trialWeightDecays?.map((weightDecay) => ({ weightDecay })) ?? [{}];
      for (const point of points)
        for (let trial = 0; trial < config.trials; trial++) {
          const cell: Omit<TrialCell, "id"> = {
            phase: "trial",
            ...shared,
            trial,
            seed: trial,
            dependsOn: [...dependsOn, ...tuning.flat()],
            ...point,
          };
          add<TrialCell>(cell, methodOf(method), more);
        }
    }
  }
  return {
    schemaVersion: PLAN_VERSION,
    numerics: NUMERICS,
    experiment: config.experimentFolder,
    title: config.title,
    table: config.table,
    preset: config.preset,
    configHash: config.hash,
    config: { ...config.resolved },
    methods: rows.map(({ id, title }) => ({ id, title })),
    holdouts: holdouts(config).map(({ holdout }) => holdout),
    missing: available.missing,
    smallSets: smallSets(config, available, dataFolder),
    cells: [...cells.values()],
  };
}
