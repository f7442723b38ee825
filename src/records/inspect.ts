import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { EXIT, UserError } from "../core/errors.js";
import { isThere } from "../core/files.js";
import { readJson } from "./json-file.js";
import { isLearnedFile, readLearned, type Block, type LearnedFile } from "./learned.js";
import { PLAN_FILE, type Plan } from "./plan.js";
import { RECORD_FILE, type RunRecord } from "./record.js";
import { readTyped, type TensorArray } from "./safetensors.js";

interface TensorSummary {
  readonly name: string;
  /** As the file has it. */
  readonly type: string;
  readonly shape: readonly number[];
  /** Euclidean norm. */
  readonly norm: number;
}

interface BlockSummary extends Partial<Block> {
  /** A parameter, which has a size as a matrix, or a group that serves all parameters. */
  readonly parameter: string;
  /** |v|^2 of every learned vector, by symbol; MetaMD's s is that of a, t that of b. */
  readonly squaredNorms: Readonly<Record<string, number>>;
}

/** What a file holds. */
export type Inspection =
  | { readonly kind: "record"; readonly record: RunRecord }
  | { readonly kind: "plan"; readonly plan: Plan }
  | ({ readonly kind: "learned"; readonly blocks: readonly BlockSummary[] } & Known)
  | {
      readonly kind: "tensors";
      readonly metadata: Readonly<Record<string, string>>;
      readonly tensors: readonly TensorSummary[];
    };
type Known = Omit<LearnedFile, "values" | "blocks">;

const INSIDE = ["record.json", "optimiser.safetensors", "plan.json"];
const ACCEPTED = "a .safetensors file, a record.json, a plan.json, or the folder of one";

/** Reads a file of ours, or any safetensors file, and sums it up.
 *  @param path the file, or the folder of one.
 *  @throws UserError: (usage) no such file, or one of another kind; (data) damaged. */
export function inspectFile(path: string): Inspection {
  const file = find(path);
  if (file.endsWith(".safetensors")) return tensorFile(file);
  if (!file.endsWith(".json")) throw unusable(path, "a file of another kind");
  const hint = "take another file";
  return /"cells"\s*:/.test(readFileSync(file, "utf8"))
    ? { kind: "plan", plan: readJson(file, PLAN_FILE, hint) }
    : { kind: "record", record: readJson(file, RECORD_FILE, hint) };
}

function find(path: string): string {
  if (!isThere(path)) throw unusable(path, "no such file");
  if (!statSync(path).isDirectory()) return path;
  const inside = INSIDE.map((name) => join(path, name)).find((candidate) => isThere(candidate));
  if (inside === undefined) throw unusable(path, "a folder with none of our files");
  return inside;
}

function tensorFile(path: string): Inspection {
  const { tensors, metadata } = readTyped(path);
  if (isLearnedFile(metadata)) {
    const { values, blocks, ...known } = readLearned(path);
    const summaries = Object.entries(values).map(([parameter, symbols]) => ({
      parameter,
      ...blocks[parameter],
      squaredNorms: Object.fromEntries(
        Object.entries(symbols).map(([symbol, numbers]) => [symbol, squaredNorm(numbers)]),
      ),
    }));
    return { kind: "learned", ...known, blocks: summaries };
  }
  const summaries = Object.entries(tensors).map(([name, { shape, values, dtype }]) => ({
    name,
    type: OURS[dtype] ?? dtype,
    shape,
    norm: Math.sqrt(squaredNorm(values)),
  }));
  return { kind: "tensors", metadata, tensors: summaries };
}

/** Our types, in words; of others the name that the file has. */
const OURS: Readonly<Record<string, string>> = { F32: "float32", F64: "float64", I32: "int32" };

function squaredNorm(values: TensorArray): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}

const unusable = (where: string, given: string): UserError =>
  new UserError(EXIT.usage, { where, given, accepted: ACCEPTED, hint: "check the path" });
