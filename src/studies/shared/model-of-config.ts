import type { ResolvedConfig } from "../../config/load.js";
import { dataOptions, holdouts } from "../../config/suite.js";
import { openDomain } from "../../data/index.js";
import { createModel } from "../../models/index.js";
import type { Model } from "../../models/model.js";

/** Classes of a model whose config does not say how many it has. */
const CLASSES = 10;

/** The model of a config, without any data where the config says how large images are; else that of the first domain
 *  that is tested on. The classifier hardly matters: it has as many classes as the config limits domains or tasks to.
 *  @throws UserError (data) where the domain is needed and is not here. */
export function modelOf(config: ResolvedConfig, dataFolder: string): Model {
  const { image, limits, classesPerTask } = config.suite;
  if (image !== undefined) {
    const { size, channels } = image;
    return createModel(config.model, [size, size, channels], limits.classes ?? classesPerTask ?? CLASSES);
  }
  const [first] = holdouts(config);
  const { height, width, channels, classes } = openDomain(first!.holdout, dataOptions(config, dataFolder));
  return createModel(config.model, [height, width, channels], classes);
}

/** "224x224x3". */
export const imageText = ({ input }: Pick<Model, "input">): string => input.join("x");
