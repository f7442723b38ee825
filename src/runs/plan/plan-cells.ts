import { contentId } from "../../core/hash.js";
import { engineSwitches, type ResolvedConfig } from "../../config/load.js";
import type { Holdout } from "../../config/suite.js";
import { methodOf, rowsOf, type Row } from "../../config/variants.js";
import { NUMERICS } from "../../records/numerics.js";
import type { Cell, MetaTrainCell, TrialCell, TuneCell } from "../../records/plan.js";
import type { Model } from "../../models/model.js";
import { modelIdentity } from "../../training/pretrained.js";
import { augmentationOf } from "./cell-steps.js";
import { tuningSlots } from "./slots.js";
import type { Available } from "./available-domains.js";
import { contentOf, ofLearner, ofModel, ofRule } from "./plugged.js";
import { checkFits, givenLearned, refuseLeak, type GivenLearned } from "./given-learned.js";
import { tooFewClasses } from "./small-sets.js";

/** What cells are planned from. */
interface Draft {
  readonly config: ResolvedConfig;
  readonly domains: Available["domains"];
  readonly models: ReadonlyMap<string, Model>;
  /** What of the model's settings decides numbers. */
  readonly model: object;
  /** Adds a cell, unless it is there: a variant's runs are those of its method with these settings, by whatever name.
   *  @param deciding what its numbers depend on besides. @returns its id. */
  add<C extends Cell>(cell: Omit<C, "id">, method: string, deciding: object): string;
}

/** The cells of every holdout, each after those that it needs. @param models of every domain. */
export function planCells(
  config: ResolvedConfig,
  { domains, holdouts }: Available,
  models: ReadonlyMap<string, Model>,
): Cell[] {
  const cells = new Map<string, Cell>();
  const engine = engineSwitches(config);
  const ofEngine = Object.keys(engine).length > 0 ? { engine } : {};
  const draft: Draft = {
    config,
    domains,
    models,
    model: { ...modelIdentity(config.model), ...contentOf(ofModel(config)) },
    add(cell, method, deciding) {
      const id = contentId({ numerics: NUMERICS, cell: { ...cell, method }, ...deciding, ...ofEngine });
      if (!cells.has(id)) cells.set(id, { id, ...cell } as Cell);
      return id;
    },
  };
  const rows = rowsOf(config);
  for (const holdout of holdouts) {
    // Meta-trainings first: they are long, and a pool has other runs to do beside them.
    const learnedBy = new Map(rows.map((row) => [row.id, addMetaTraining(draft, holdout, row)]));
    for (const row of rows) addTrainings(draft, holdout, row, learnedBy.get(row.id));
  }
  return [...cells.values()];
}

/** @returns its id; undefined for a row that learns nothing. */
function addMetaTraining(draft: Draft, { holdout, metaTrain }: Holdout, row: Row): string | undefined {
  const { learning } = row;
  if (learning === undefined) return undefined;
  const { suite, training, seed } = draft.config;
  const { batchSize, lastBatch, divergenceLoss } = training;
  const { classesPerTask } = suite;
  const checksum = (id: string): string => {
    const domain = draft.domains.get(id)!;
    if (classesPerTask !== undefined && domain.classes < classesPerTask)
      throw tooFewClasses(id, domain.classes, classesPerTask);
    return domain.checksum;
  };
  const cell: Omit<MetaTrainCell, "id"> = {
    phase: "meta-train",
    method: learning.id,
    seed,
    metaTrain,
    dependsOn: [],
    ...(suite.protocol === "leave-one-out" && { holdout }),
  };
  return draft.add<MetaTrainCell>(cell, learning.method, {
    model: draft.model,
    batchSize,
    lastBatch,
    divergenceLoss,
    settings: learning.settings,
    data: metaTrain.map(checksum),
    augmentation: augmentationOf(draft.config, "meta-train"),
    classesPerTask,
    ...contentOf(ofLearner(draft.config, row)),
  });
}

/** What the tuning runs and trials of a row on a holdout have in common. */
interface Common {
  readonly of: Pick<TrialCell, "method" | "metaTrain" | "holdout">;
  /** The meta-training that they need. */
  readonly dependsOn: readonly string[];
  readonly deciding: object;
}

/** Adds the tuning runs and trials of a row. @param learned the id of its meta-training. */
function addTrainings(draft: Draft, { holdout, metaTrain }: Holdout, row: Row, learned: string | undefined): void {
  const { config, domains, model } = draft;
  const given = checkedLearned(draft, holdout, row);
  const common: Common = {
    of: { method: row.id, metaTrain: learned === undefined ? (given?.domains ?? []) : metaTrain, holdout },
    dependsOn: learned === undefined ? [] : [learned],
    deciding: {
      model,
      training: config.training,
      settings: row.settings,
      data: domains.get(holdout)!.checksum,
      augmentation: augmentationOf(config, "trial"),
      base: config.seed,
      ...(given && { learned: given.sha256 }),
      ...contentOf(ofRule(config, row)),
    },
  };
  addTrials(draft, common, addTuning(draft, common));
}

/** The learned file that a row applies, if the config names one. @throws UserError (usage): it does not fit. */
function checkedLearned({ config, models }: Draft, holdout: string, row: Row): GivenLearned | undefined {
  const given = givenLearned(row);
  if (given === undefined) return undefined;
  refuseLeak(config, given, holdout);
  checkFits(given.path, given, row.method, models.get(holdout)!.parameters);
  return given;
}

/** @returns the ids of all tuning runs. */
function addTuning({ config, add }: Draft, { of, dependsOn, deciding }: Common): string[] {
  const idsBySlot: string[][] = [];
  for (const { point, search, after, steps, definition } of tuningSlots(config, of.method)) {
    const needed = [...dependsOn, ...after.flatMap((slot) => idsBySlot[slot]!)];
    const own = { ...point, ...(search !== undefined && { search }) };
    const run = (seed: number): string => {
      const cell: Omit<TuneCell, "id"> = { phase: "tune", ...of, seed, dependsOn: needed, ...own };
      return add<TuneCell>(cell, methodOf(of.method), { ...deciding, steps, definition });
    };
    idsBySlot.push(Array.from({ length: config.tuning.seeds }, (_, seed) => run(seed)));
  }
  return idsBySlot.flat();
}

/** @param tuning ids of the runs that choose their hyper-parameters. */
function addTrials({ config, add }: Draft, { of, dependsOn, deciding }: Common, tuning: readonly string[]): void {
  const needed = [...dependsOn, ...tuning];
  const points = config.trialWeightDecays?.map((weightDecay) => ({ weightDecay })) ?? [{}];
  for (const point of points)
    for (let trial = 0; trial < config.trials; trial++) {
      const cell: Omit<TrialCell, "id"> = { phase: "trial", ...of, trial, seed: trial, dependsOn: needed, ...point };
      add<TrialCell>(cell, methodOf(of.method), deciding);
    }
}
