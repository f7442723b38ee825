import { EXIT, UserError } from "../../core/errors.js";
import type { Domain } from "../../data/domain.js";
import { sizeOf } from "../../engine/host.js";
import { everyParameter, type Model } from "../../models/model.js";

/** Bytes of a float32. */
const WIDTH = 4;
/** Arrays as large as the parameters that a step holds at least: these, the gradient, the step, and a state. */
const COPIES = 4;

/** Refuses what this machine cannot hold: the parameters with what a step needs of them, and one batch of images.
 *  @throws UserError (usage) with the memory needed. */
export function refuseLargeModel(
  model: Model,
  batchSize: number,
  { height, width, channels }: Pick<Domain, "height" | "width" | "channels">,
  memory: number,
): void {
  const parameters = Object.values(everyParameter(model)).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const bytes = WIDTH * (COPIES * parameters + batchSize * height * width * channels);
  if (bytes <= memory) return;
  const gigabytes = (count: number): string => `${(count / 1e9).toFixed(1)} GB`;
  throw new UserError(EXIT.usage, {
    where: "model, training.batchSize and suite.image",
    given: `${parameters} parameters and batches of ${batchSize} images of ${height}x${width}x${channels}: at least ${gigabytes(bytes)} of memory a run`,
    accepted: `at most ${gigabytes(memory)}, what this machine has`,
    hint: "lower model.hidden or model.width, training.batchSize or suite.image.size",
  });
}
