import type { Identity } from "../../config/read-config.js";

/** The config of a study that has one of its own, with everything filled in. */
export interface OwnConfig<Value> extends Identity {
  readonly file: string;
  readonly preset: string;
  readonly value: Value;
}
