import { EXIT, UserError } from "../core/errors.js";
import type { Domain } from "../data/domain.js";
import { classOrders, draw, holdOut } from "../data/splits.js";
import type { MetaTask } from "../meta/meta-learner.js";
import { imageBatches } from "../problems/images.js";
import type { RunContext } from "./session.js";

/** The meta-training task of one domain, on its training split. */
export async function metaTask({ session, config }: RunContext, domain: Domain): Promise<MetaTask> {
  const split = await domain.split("train");
  const normalisation = await domain.normalisation();
  const parts = holdOut(classOrders(split.labels, domain.classes));
  const heldOut = draw(parts.validation, undefined);
  const batches = (indices?: Int32Array) => (seed: number) =>
    imageBatches(split, normalisation, config.training.batchSize, seed, indices);
  return {
    domain: domain.id,
    problem: session.problem(domain),
    batches: batches(),
    innerBatches: batches(draw(parts.train, undefined)),
    outerBatches(seed) {
      if (heldOut.length === 0) throw nothingHeldOut(domain.id);
      return batches(heldOut)(seed);
    },
  };
}

const nothingHeldOut = (domain: string): UserError =>
  new UserError(EXIT.runFailed, {
    where: `meta-training on ${domain}`,
    given: "fewer than ten training images of every class: a tenth of them, for the outer loss, is none",
    accepted: "ten or more of some class",
    remedy: "raise suite.limits.trainImages",
  });
