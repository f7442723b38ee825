// The face of the room: what another room, or another program, does with an experiment.
export { cancel, type Cancelled } from "./cancel.js";
export { openSession, type Session } from "./cell/session.js";
export type { Outcome } from "./ledger.js";
export type { OpenedEngine, RunOptions, SlurmJobs, SlurmOptions, TaskShare } from "./options.js";
export { fastestThreads } from "./plan/fastest-threads.js";
export { estimate, plan } from "./plan/plan.js";
export { metaTest, metaTrain, run, tune, type TuneOutcome } from "./run.js";
export type { Task } from "./slurm/queue.js";
export { status, type ExperimentStatus } from "./status.js";
export { exportLearned, type ExportFormat } from "./take-home/export.js";
