import { availableParallelism } from "node:os";
import type { Guard } from "../../core/files.js";
import type { ResolvedConfig } from "../../config/load.js";
import { canonicalJson } from "../../core/hash.js";
import { dataOptions } from "../../config/suite.js";
import { rowOf } from "../../config/variants.js";
import { openDomain, preparedBatches, type Domain } from "../../data/index.js";
import { compiledPrograms } from "../../engine/compiled.js";
import type { Engine } from "../../engine/engine.js";
import { initialise } from "../../models/initialise.js";
import { everyParameter } from "../../models/model.js";
import { createOptimiser } from "../../optimisers/index.js";
import type { LearnedValues, Optimiser } from "../../optimisers/optimiser.js";
import type { OpenBatches } from "../../training/images.js";
import type { Problem } from "../../training/problem.js";
import { supervised } from "../../training/supervised.js";
import type { CurveRow } from "../../records/curve.js";
import type { Plan } from "../../records/plan.js";
import type { RunRecord } from "../../records/record.js";
import type { RunStore } from "../../records/store.js";
import { evaluator, type Evaluator } from "../../training/evaluate.js";
import { trainingProgram, type TrainingProgram } from "../../training/program.js";
import { hasPretrained, modelFor, type PretrainedOrigin } from "../../training/pretrained.js";

/** What a model is built for. */
type ClassifiedShape = Pick<Domain, "height" | "width" | "channels" | "classes">;

/** Initial values that are kept for the next run, at most: the runs of a search begin alike, and small ones are many. */
const KEPT_NUMBERS = 2 ** 20;

/** What the runs of one process share: the engine, opened domains, compiled programs, threads that prepare batches. */
export interface Session {
  readonly engine: Engine;
  /** Opens a domain once. */
  domain(id: string): Domain;
  /** A problem on images of a shape, made once. */
  problem(shape: ClassifiedShape): Problem;
  /** The values that a run begins with, of all parameters; not to be changed. */
  initialValues(domain: Domain, seed: number): Record<string, Float64Array>;
  /** Where the initial weights come from; undefined where they are fresh. */
  origin(domain: Domain): PretrainedOrigin | undefined;
  /** A compiled optimiser on a domain's problem; runs that differ only in feeds and state share it.
   *  @param row method or variant.
   *  @param sizes of the batches. @param learned needed by learned methods. @param held images that it is to hold. */
  program(
    row: string,
    domain: Domain,
    sizes: readonly number[],
    learned?: LearnedValues,
    held?: HeldImages,
  ): TrainingProgram;
  /** @param sizes of the chunks. */
  evaluator(domain: Domain, sizes: readonly number[]): Evaluator;
  /** Prepared ahead in threads where that pays. */
  readonly openBatches: OpenBatches;
  close(): void;
}

/** All images of a split. */
interface HeldImages {
  /** Whose they are: plain values. */
  readonly key: readonly string[];
  images(): Float32Array;
}

/** What a run is given besides its cell. */
export interface RunContext {
  readonly session: Session;
  readonly config: ResolvedConfig;
  readonly plan: Plan;
  readonly store: RunStore;
  readonly signal: AbortSignal;
  /** Throws when another process has the run now; asked before any of its files appears. */
  readonly guard: Guard;
  /** Called after every training step, for the progress display. */
  onStep(): void;
}

/** What a run leaves, to be written. */
export interface Computed {
  readonly record: RunRecord;
  readonly curve: readonly CurveRow[];
}

const shapeOf = ({ height, width, channels, classes }: ClassifiedShape): number[] => [height, width, channels, classes];

export function openSession(config: ResolvedConfig, engine: Engine, dataFolder: string): Session {
  const domains = new Map<string, Domain>();
  const programs = compiledPrograms();
  const batches = preparedBatches(availableParallelism());
  const models = new Map<string, { problem: Problem; origin?: PretrainedOrigin }>();
  const modelled = (shape: ClassifiedShape): { problem: Problem; origin?: PretrainedOrigin } => {
    const key = shapeOf(shape).join();
    let held = models.get(key);
    if (held === undefined) {
      const { model, origin } = modelFor(config, shape);
      models.set(key, (held = { problem: supervised(model), origin }));
    }
    return held;
  };
  const holding = oneHolder();
  const problem = (shape: ClassifiedShape): Problem => modelled(shape).problem;
  let drawn: { readonly key: string; readonly values: Record<string, Float64Array> } | undefined;
  return {
    engine,
    problem,
    initialValues(domain, seed) {
      const key = [...shapeOf(domain), seed].join();
      if (drawn?.key === key) return drawn.values;
      const values = initialise(everyParameter(problem(domain)), seed);
      const numbers = Object.values(values).reduce((sum, { length }) => sum + length, 0);
      drawn = numbers <= KEPT_NUMBERS ? { key, values } : undefined;
      return values;
    },
    origin: (domain) => (hasPretrained(config.model) ? modelled(domain).origin : undefined),
    domain(id) {
      let domain = domains.get(id);
      if (domain === undefined) domains.set(id, (domain = openDomain(id, dataOptions(config, dataFolder))));
      return domain;
    },
    program(row, domain, sizes, learned, held) {
      const compile = (): TrainingProgram => {
        const minimised = problem(domain);
        const { parameters, layers } = minimised;
        const { method, settings } = rowOf(config, row);
        const create = (values?: LearnedValues): Optimiser =>
          createOptimiser(method, settings, { parameters, layers, learned: values, mayTurn: true });
        return trainingProgram(engine, minimised, create, sizes, learned, held && ["images"]);
      };
      const key = [row, sizes, shapeOf(domain), held === undefined ? "sent" : "held"];
      return holding([...key, ...(held?.key ?? [])], held, () => programs.of(key, compile));
    },
    evaluator: (domain, sizes) =>
      programs.of(["evaluate", sizes, shapeOf(domain)], () => evaluator(engine, problem(domain), sizes)),
    openBatches: (recipe) => batches.open(recipe),
    close() {
      void batches.close();
      programs.dispose();
    },
  };
}

/** Has one program at a time hold images: a copy in each would be too much.
 *  @returns what gives a program that holds some, or none. @param key plain values: of the program and of the images. */
function oneHolder(): (
  key: readonly unknown[],
  held: HeldImages | undefined,
  open: () => TrainingProgram,
) => TrainingProgram {
  let holder: { readonly key: string; readonly program: TrainingProgram } | undefined;
  return (asked, held, open) => {
    const key = held && canonicalJson(asked);
    if (holder !== undefined && holder.key !== key) {
      // Before another is opened, which may give this one up.
      holder.program.hold("images", new Float32Array(0));
      holder = undefined;
    }
    const program = open();
    if (held === undefined || key === undefined || holder?.program === program) return program;
    program.hold("images", held.images());
    holder = { key, program };
    return program;
  };
}
