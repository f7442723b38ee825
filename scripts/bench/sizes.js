/** Examples of a batch, by model. */
export const BATCH = { mlp: 128, lenet: 128, resnet18: 32 };
/** The model whose steps take long. */
export const LARGE = "resnet18";
/** Why steps are not timed, by engine, model and method. */
export const TOO_LARGE = {
  wasm: { [LARGE]: { l2o: "its state of 3.6 GB, which a step makes anew, is more than wasm can address" } },
};
