import { milliseconds } from "../../core/clock.js";
import { EXIT, UserError } from "../../core/errors.js";
import { namedStream, permutation } from "../../core/rng.js";
import { classOrders, draw, holdOut, type BatchRecipe, type Domain, type Split } from "../../data/index.js";
import type { MetaTask } from "../../meta/meta-learner.js";
import { imageBatches } from "../../training/images.js";
import type { Batches } from "../../training/problem.js";
import { augmentationOf } from "../plan/cell-steps.js";
import { tooFewClasses } from "../plan/small-sets.js";
import type { RunContext } from "./session.js";

/** The meta-training task of one domain, on all of its training images.
 *  @param domain opens "trainAll". @param onWait is given the milliseconds that every batch was waited for. */
export async function metaTask(
  { session, config }: Pick<RunContext, "session" | "config">,
  domain: Domain,
  onWait: (milliseconds: number) => void,
): Promise<MetaTask> {
  const { classesPerTask } = config.suite;
  const { batchSize, lastBatch } = config.training;
  const split = await domain.split("trainAll");
  const orders = classOrders(split.labels, domain.classes);
  const withImages = orders.flatMap(({ length }, label) => (length > 0 ? [label] : []));
  if (classesPerTask !== undefined && withImages.length < classesPerTask)
    throw tooFewClasses(domain.id, withImages.length, classesPerTask);
  const shared = {
    normalisation: await domain.normalisation(),
    batchSize,
    augmentation: augmentationOf(config, "meta-train"),
  };
  /** @param images by class. @param drawnBy the seed that draws the classes. */
  const batchesOf = (images: readonly Int32Array[], seed: number, drawnBy: number): Batches => {
    const { shown, only } = imagesOf(images, drawnBy);
    const recipe: BatchRecipe = { ...shared, split: shown, only, shuffle: { seed, lastBatch } };
    return timed(imageBatches(recipe, session.openBatches), onWait);
  };
  const imagesOf = (images: readonly Int32Array[], drawnBy: number): { shown: Split; only?: Int32Array } => {
    if (classesPerTask === undefined)
      return images === orders ? { shown: split } : { shown: split, only: draw(images, undefined) };
    const order = permutation(withImages.length, namedStream(drawnBy, "classes"));
    const classes = Array.from(order.subarray(0, classesPerTask), (place) => withImages[place]!);
    const only = draw(
      classes.map((label) => images[label]!),
      undefined,
    );
    if (only.length === 0) throw nothingHeldOut(domain.id);
    return { shown: relabelled(split, classes, images), only };
  };
  const parts = holdOut(orders);
  return {
    domain: domain.id,
    problem: session.problem({ ...domain, classes: classesPerTask ?? domain.classes }),
    batches: (seed) => batchesOf(orders, seed, seed),
    innerBatches: (seed, drawnBy = seed) => batchesOf(parts.train, seed, drawnBy),
    outerBatches(seed, drawnBy = seed) {
      if (parts.validation.every(({ length }) => length === 0)) throw nothingHeldOut(domain.id);
      return batchesOf(parts.validation, seed, drawnBy);
    },
  };
}

/** The split with the classes numbered in this order; what is of no such class is not to be used.
 *  @param images of every class. */
function relabelled(split: Split, classes: readonly number[], images: readonly Int32Array[]): Split {
  const labels = new Uint16Array(split.count);
  classes.forEach((label, number) => {
    for (const image of images[label]!) labels[image] = number;
  });
  return { ...split, labels };
}

const timed = (batches: Batches, onWait: (milliseconds: number) => void): Batches => ({
  ...batches,
  at(t) {
    const begun = milliseconds();
    const batch = batches.at(t);
    onWait(milliseconds() - begun);
    return batch;
  },
});

const nothingHeldOut = (domain: string): UserError =>
  new UserError(EXIT.runFailed, {
    where: `meta-training on ${domain}`,
    given: "one training image of every class at most: none can be held out for the outer loss",
    accepted: "two or more of some class",
    hint: "raise suite.limits.trainImages",
  });
