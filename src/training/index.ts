// One optimiser on one problem, for programs that train in Node: a model's loss on batches, compiled with an update rule.
export { createModel, type ModelSettings } from "../models/index.js";
export { initialise } from "../models/initialise.js";
export type { Model } from "../models/model.js";
export { evaluator, type Evaluation, type Evaluator } from "./evaluate.js";
export type { Batch, Problem } from "./problem.js";
export { trainingProgram, type StepScalars, type TrainingProgram } from "./program.js";
export { supervised } from "./supervised.js";
