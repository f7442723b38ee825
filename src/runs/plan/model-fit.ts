import { EXIT, UserError, type Fault } from "../../core/errors.js";
import { byteSize } from "../../core/wording.js";
import type { ResolvedConfig } from "../../config/load.js";
import type { Holdout } from "../../config/suite.js";
import { rowsOf, type Learning } from "../../config/variants.js";
import type { Domain } from "../../data/index.js";
import { matrixSize } from "../../engine/parameters.js";
import { LEARNERS } from "../../meta/index.js";
import { createModel } from "../../models/index.js";
import { everyParameter, type Model } from "../../models/model.js";
import { METHODS, untrained } from "../../optimisers/index.js";
import { modelFor } from "../../training/pretrained.js";
import { sizeOf } from "../../engine/host.js";
import type { Available } from "./available-domains.js";

/** Heights and widths that are proposed where a model does not take a domain's images. */
const SIZES = [28, 32, 64, 96, 224] as const;

/** The model of every domain: found before the first step, not by the runs.
 *  @throws UserError: (usage) that names every domain whose images the model does not take, or for which nothing that is
 *  learned elsewhere fits, and the key that changes it; (data) what of given initial weights does not fit. */
export function modelsOf(config: ResolvedConfig, { domains, holdouts }: Available): ReadonlyMap<string, Model> {
  const models = new Map<string, Model>();
  const faults: Fault[] = [];
  for (const [id, domain] of domains)
    try {
      models.set(id, modelFor(config, domain).model);
    } catch (error) {
      if (error instanceof UserError) throw error;
      faults.push({
        where: `suite.domains: ${id}`,
        given: (error as Error).message,
        accepted: `domains whose images model ${config.model.kind} takes`,
        hint: frameHint(config, [...domains.values()]) ?? `leave ${id} out, or choose another model.kind`,
      });
    }
  if (faults.length > 0) throw new UserError(EXIT.usage, faults);
  const unlike = holdouts.flatMap((one) => unlikeFaults(config, one, domains, models));
  const first = new Map(unlike.map((fault) => [fault.where, fault]));
  if (first.size > 0) throw new UserError(EXIT.usage, [...first.values()]);
  return models;
}

/** A size of images that the model takes of every domain, as a setting. */
function frameHint({ model }: ResolvedConfig, domains: readonly Domain[]): string | undefined {
  const channels = Math.max(...domains.map((domain) => domain.channels));
  const size = SIZES.find((side) =>
    domains.every(({ classes }) => {
      try {
        return createModel(model, [side, side, channels], classes).classes > 0;
      } catch {
        return false;
      }
    }),
  );
  if (size === undefined) return undefined;
  const frame = `{size: ${size}, channels: ${channels}}`;
  return `turn every image into one that it takes: suite.image: ${frame}, or --set 'suite.image=${frame}'`;
}

/** Domains whose parameters are not those that a method learns for a holdout. */
function unlikeFaults(
  config: ResolvedConfig,
  { holdout, metaTrain }: Holdout,
  domains: ReadonlyMap<string, Domain>,
  models: ReadonlyMap<string, Model>,
): Fault[] {
  return rowsOf(config).flatMap(({ id, method, learning }): Fault[] => {
    if (learning === undefined) return [];
    const sizes = (domain: string): string => blockSizes(method, models.get(domain)!);
    const other = metaTrain.find((domain) => sizes(domain) !== sizes(holdout));
    if (other === undefined) return [];
    const shape = (domain: string): string => {
      const { height, width, channels } = domains.get(domain)!;
      return `${domain} ${height}x${width}x${channels}`;
    };
    const channels = Math.max(...[holdout, other].map((domain) => domains.get(domain)!.channels));
    const size = Math.max(...[holdout, other].map((domain) => domains.get(domain)!.height));
    return [
      {
        where: `suite.domains: ${[holdout, other].sort().join(", ")}`,
        given: `${shape(holdout)}, ${shape(other)}: what ${id} learns on one has another shape than on the other`,
        accepted: "domains with images of one size and as many channels",
        hint: `turn every image into one size: suite.image: {size: ${size}, channels: ${channels}}`,
      },
    ];
  });
}

/** The blocks that a method learns for a model, without those of its classifier. */
function blockSizes(method: Parameters<typeof untrained>[0], model: Model): string {
  const { parameters } = model;
  const blocks = Object.keys(untrained(method, parameters)).filter((name) => parameters[name]?.head === false);
  return JSON.stringify(blocks.map((name) => [name, matrixSize(parameters[name]!)]));
}

/** Bytes of a float32. */
const WIDTH = 4;
/** Arrays as large as the parameters that a run holds at least, measured with SGD on the processor: what is drawn, in double
 *  precision, as floats and in the program; the gradient, the step and what comes of it. Of a parameter that is not trained,
 *  and of one of the optimiser's state: the first of it, what it is, and what it will be. */
const [ARRAYS, ARRAYS_FROZEN, ARRAYS_OF_STATE] = [7, 4, 2];
/** Of the optimiser's state in the end: a checkpoint is a copy, and what is freed lies between what is not. */
const ARRAYS_OF_STATE_USUALLY = 5;

type Shape = Pick<Domain, "height" | "width" | "channels">;

/** Bytes that a run holds at least: the parameters with what it needs of them, and one batch of images. */
export const leastBytes = (model: Model, config: ResolvedConfig, shape: Shape): number =>
  bytesWith(ARRAYS_OF_STATE, model, config, shape);

/** The same as a run usually holds. */
export const usualBytes = (model: Model, config: ResolvedConfig, shape: Shape): number =>
  bytesWith(ARRAYS_OF_STATE_USUALLY, model, config, shape);

function bytesWith(
  arraysOfState: number,
  model: Model,
  config: ResolvedConfig,
  { height, width, channels }: Shape,
): number {
  const [parameters, trained] = [count(everyParameter(model)), count(model.parameters)];
  const states = rowsOf(config).map(({ method, settings }) => METHODS.of(method).statePerParameter(settings));
  const arrays = ARRAYS_FROZEN * (parameters - trained) + (ARRAYS + arraysOfState * Math.max(0, ...states)) * trained;
  return WIDTH * (arrays + config.training.batchSize * height * width * channels);
}

/** Bytes that meta-training a method holds of what it trains, as far as its learner says. */
export function learningBytes(
  { parameters }: Model,
  { method, settings }: Pick<Learning, "method" | "settings">,
): number {
  const { heldPerParameter, settings: schema } = LEARNERS.of(method);
  return WIDTH * count(parameters) * (heldPerParameter?.(schema.parse(settings)) ?? 0);
}

const count = (parameters: Model["parameters"]): number =>
  Object.values(parameters).reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/** Refuses what this machine cannot hold.
 *  @throws UserError (usage) with the memory needed. */
export function refuseLargeModel(model: Model, config: ResolvedConfig, shape: Shape, memory: number): void {
  const bytes = leastBytes(model, config, shape);
  if (bytes <= memory) return;
  const { height, width, channels } = shape;
  const images = `batches of ${config.training.batchSize} images of ${height}x${width}x${channels}`;
  throw new UserError(EXIT.usage, {
    where: "model, methods, training.batchSize and suite.image",
    given: `${count(everyParameter(model))} parameters and ${images}: at least ${byteSize(bytes)} of memory a run`,
    accepted: `at most ${byteSize(memory)}, what this machine has`,
    hint: "lower model.hidden or model.width, training.batchSize or suite.image.size, or leave out methods with much state",
  });
}
