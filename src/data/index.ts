// The face of the room: domains, their images, and batches of these. What lies on disk has a door of its own, `on-disk.ts`,
// so that commands about it load neither sets nor formats.
export type { Augmentation, DataOptions, Split, SplitName } from "./dataset.js";
export { CALTECH_TRAIN, NORMALISATIONS, PETS_SPLITS, RESAMPLINGS } from "./dataset.js";
export { describeDataset, loadManifest } from "./manifest.js";

export { domainIds, openDomain, restrict, type Domain } from "./domain.js";
export { leastTag } from "./dataset.js";
export { readingTime } from "./sets/image-dataset.js";
export { classOrders, draw, heldOutOf, holdOut, PARTITIONS } from "./splits.js";

export { inSharedMemory } from "./bytes.js";
export { bytesOf, type Shape } from "./images/shape.js";

export { IMAGENET, type Normalisation } from "./batches/normalise.js";
export { batchesPerEpoch, LAST_BATCHES, shuffledOrder, sizesOf } from "./batches/order.js";
export { isPreparedAhead, preparedBatches } from "./batches/prepared-ahead.js";
export { orderOf, type BatchRecipe } from "./batches/recipe.js";
export { madeOnDemand, type BatchSource, type FilledBuffer } from "./batches/source.js";
