import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { EXIT, UserError } from "../core/errors.js";
import { readdirIfThere, removeQuietly, writeAtomicParts, type Guard } from "../core/files.js";
import { canonicalJson, sha256 } from "../core/hash.js";
import { withBytes } from "../core/large-file.js";
import { decoded, readJson, writeJson } from "./json-file.js";
import { engineSchema, type Engines, type RecordedEngine } from "./provenance.js";
import { decodeSafetensors, safetensorsParts, type TensorArray } from "./safetensors.js";
import { writing } from "./writable.js";

const VERSION = 1;
const WHAT = "a checkpoint";
const HINT = "delete the checkpoint folder: the run then starts again from step 0";
const PROGRESS = "progress.json";

const STATE = /^state-[0-9a-f]{16}\.safetensors$/;

const progressFile = z.strictObject({
  schemaVersion: z.literal(VERSION),
  state: z.string().regex(STATE),
  engines: z.array(engineSchema).optional(),
  /** All that earlier programs say of their engine. */
  threads: z.int().positive().optional(),
  progress: z.unknown(),
});

const FORMAT = { schema: progressFile, version: VERSION, what: WHAT };

/** What a stopped run needs to go on: the program's state by path, and how far it is. */
export interface Checkpoint<Progress> {
  readonly tensors: Readonly<Record<string, TensorArray>>;
  readonly progress: Progress;
  /** What computed it, one after the other; absent: none, or not known. */
  readonly engines?: Engines | undefined;
}

/** Writes a checkpoint so that a kill at any moment leaves the old one or the new one whole: first the tensors in a file
 *  named by their hash, then `progress.json`, which names that file. Tensors are stored flat, bit by bit.
 *  @param schema of `progress`; numbers that may be no finite number need the codec `measured`.
 *  @param guard is asked before either file appears. @throws UserError (usage) when the disk refuses. */
export function writeCheckpoint<Schema extends z.ZodType>(
  folder: string,
  schema: Schema,
  { tensors, progress, engines }: Checkpoint<z.output<Schema>>,
  guard?: Guard,
): void {
  const stored = Object.entries(tensors).map(([path, values]) => [path, { shape: [values.length], values }] as const);
  const parts = safetensorsParts({ tensors: Object.fromEntries(stored), metadata: {} });
  const state = stateName(parts);
  const encoded = z.encode(schema, progress);
  const file = { schemaVersion: VERSION, state, ...(engines && { engines: [...engines] }), progress: encoded } as const;
  writing(folder, () => {
    writeAtomicParts(join(folder, state), parts, guard);
    writeJson(join(folder, PROGRESS), progressFile, file, guard);
    for (const name of readdirIfThere(folder))
      if (name !== state && STATE.test(name)) removeQuietly(join(folder, name));
  });
}

/** Reads the checkpoint of a folder; undefined when there is none.
 *  @throws UserError (data) when it is damaged. */
export function readCheckpoint<Schema extends z.ZodType>(
  folder: string,
  schema: Schema,
): Checkpoint<z.output<Schema>> | undefined {
  const path = join(folder, PROGRESS);
  if (!existsSync(path)) return undefined;
  const file = readJson(path, FORMAT, HINT);
  const progress = decoded(schema, file.progress, path, WHAT, HINT);
  const statePath = join(folder, file.state);
  if (!existsSync(statePath)) throw damaged(statePath, "missing");
  const { tensors } = withBytes(statePath, (bytes) => {
    const name = stateName(bytes.pieces());
    if (name !== file.state) throw damaged(statePath, `contents of ${name}`);
    return decodeSafetensors(bytes, statePath);
  });
  const stored = Object.entries(tensors);
  return {
    tensors: Object.fromEntries(stored.map(([name, { values }]) => [name, values])),
    progress,
    engines: file.engines,
  };
}

/** The engines of what goes on from a checkpoint, or begins. @param before those of the checkpoint. @param engine that
 *  computes from now on. */
export function takenOver(before: Engines | undefined = [], engine: RecordedEngine): Engines {
  const last = before.at(-1);
  return last !== undefined && canonicalJson(last) === canonicalJson(engine) ? before : [...before, engine];
}

/** The engine that a checkpoint was computed with at last; undefined where there is none that says so. */
export function checkpointEngine(folder: string): Pick<RecordedEngine, "name" | "gpu" | "threads"> | undefined {
  const path = join(folder, PROGRESS);
  if (!existsSync(path)) return undefined;
  const { engines, threads } = readJson(path, FORMAT, HINT);
  return engines?.at(-1) ?? (threads === undefined ? undefined : { name: "tensorflow", gpu: false, threads });
}

/** Removes a finished run's checkpoint; where the disk does not let it, it stays and is never read. */
export function removeCheckpoint(folder: string): void {
  removeQuietly(folder);
}

const stateName = (bytes: Iterable<Uint8Array>): string => `state-${sha256(bytes).slice(0, 16)}.safetensors`;

const damaged = (where: string, given: string): UserError =>
  new UserError(EXIT.data, { where, given, accepted: `the state that ${PROGRESS} names`, hint: HINT });
