import type { DataOptions, SplitName } from "./dataset.js";
import { HOLD_OUT } from "./splits.js";
import { datasetStatus } from "./store/status.js";

/** How many images a split will have, from what is recorded of the dataset, without opening it: for plans. Limits are
 *  counted; partitions and fewer classes are not.
 *  @throws UserError (usage) on an unknown dataset. */
export function expectedImages(domain: string, name: SplitName, options: DataOptions): number {
  const { counts, state } = datasetStatus(options.folder, domain.split("/")[0]!);
  const { train = 0, validation, test = 0 } = counts;
  const limited = (count: number, limit = count): number => (state === "embedded" ? limit : Math.min(count, limit));
  const heldOut = limited(validation ?? train / HOLD_OUT, options.validationImages);
  const rest = limited(validation === undefined ? train - train / HOLD_OUT : train, options.trainImages);
  if (name === "test") return limited(test, options.testImages);
  return Math.round({ train: rest, validation: heldOut, trainAll: rest + heldOut }[name]);
}
