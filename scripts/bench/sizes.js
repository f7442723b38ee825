/** Examples of a batch, by model. */
export const BATCH = { mlp: 128, lenet: 128, resnet18: 32 };
/** The model whose steps take long, and of which not all methods fit into memory at once. */
export const LARGE = "resnet18";
/** Milliseconds of steps at the beginning of a turn that are not timed: between its turns a process sleeps, and so does a
 *  processor that it alone had used. */
export const WARMING = 200;
/** Images that a short run is evaluated on. */
export const RUN_IMAGES = 500;
