/** Examples of a batch, by model. */
export const BATCH = { mlp: 128, lenet: 128, resnet18: 32 };
/** The model whose steps are too long for every method, and for the slow engine. */
export const LARGE = "resnet18";
