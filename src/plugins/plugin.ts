import type { LearnerId, MethodId } from "../optimisers/index.js";

/** What a config may name besides what comes with the program. */
export interface Brought {
  readonly methods: readonly MethodId[];
  readonly learners: readonly LearnerId[];
  readonly models: readonly string[];
}

export const NOTHING_BROUGHT: Brought = { methods: [], learners: [], models: [] };

/** A module from outside that is in the tables of this process. */
export interface Plugin extends Brought {
  /** Absolute. */
  readonly file: string;
  /** Of its content, and that of the files which it names by a path. */
  readonly sha256: string;
}

/** A module that is to be in the tables. */
export interface Wanted {
  /** Absolute. */
  readonly file: string;
  /** Where it was named, for messages: "configs/x.yaml:3 plugins[0]". */
  readonly where?: string;
  /** The content that it must have. */
  readonly sha256?: string;
}
