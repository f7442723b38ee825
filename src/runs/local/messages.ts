import type { ExitCode, Fault } from "../../core/errors.js";

/** What the pool says to a worker. */
export type ToWorker =
  | { readonly kind: "open"; readonly setup: unknown }
  | { readonly kind: "run"; readonly task: unknown }
  | { readonly kind: "stop" };

/** What a worker says to the pool. */
export type FromWorker =
  | { readonly kind: "ready"; readonly about: unknown }
  | { readonly kind: "progress"; readonly amount: number }
  | { readonly kind: "done"; readonly result: unknown }
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly message: string; readonly exitCode?: ExitCode; readonly faults?: Fault[] };
