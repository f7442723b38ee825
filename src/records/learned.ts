import { dirname } from "node:path";
import { z } from "zod";
import { EXIT, UserError } from "../core/errors.js";
import type { Guard } from "../core/files.js";
import { flawOf } from "../core/finite.js";
import { numericsSchema, unknownNumerics } from "./numerics.js";
import { readSafetensors, writeSafetensors, type StoredTensor, type TensorArray } from "./safetensors.js";
import { writing } from "./writable.js";

const FORMAT = "metamd-learned";
const VERSION = "1";

/** A parameter seen as a matrix out x in. */
const block = z.strictObject({ rows: z.int().positive(), columns: z.int().positive() });
export type Block = z.output<typeof block>;

const jsonText = <Schema extends z.ZodType>(schema: Schema) =>
  z.codec(z.string(), schema, {
    decode: (text, context) => {
      try {
        return JSON.parse(text) as z.input<Schema>;
      } catch (error) {
        context.issues.push({ code: "custom", input: text, message: (error as Error).message });
        return z.NEVER;
      }
    },
    encode: (value) => JSON.stringify(value),
  });

/** The file's metadata: strings by name; lists and objects as JSON. */
const metadataSchema = z.object({
  format: z.literal(FORMAT),
  schemaVersion: z.literal(VERSION),
  /** Of the program that learned it. */
  numerics: jsonText(numericsSchema).default(1),
  method: z.string(),
  /** The run that learned it. */
  run: z.string(),
  /** Hyper-parameters of the meta-training. */
  settings: jsonText(z.record(z.string(), z.unknown())),
  /** Domains it saw. */
  domains: jsonText(z.array(z.string())),
  /** The model it was learned on, as in a config. */
  model: jsonText(z.looseObject({ kind: z.string() })),
  /** Shapes of the model's parameters. */
  parameters: jsonText(z.record(z.string(), z.array(z.int().nonnegative()))),
  /** The parameters that have learned values, as matrices. */
  blocks: jsonText(z.record(z.string(), block)),
  /** Groups of learned values that belong to no parameter but serve them all, by name. */
  shared: jsonText(z.array(z.string())),
});

/** A learned optimiser: values by parameter and symbol ("fc1.weight", "a"), and what is known of them. */
export interface LearnedFile extends Omit<z.output<typeof metadataSchema>, "format" | "schemaVersion"> {
  readonly values: Readonly<Record<string, Readonly<Record<string, TensorArray>>>>;
}

/** Writes `optimiser.safetensors`: a flat tensor "<parameter>/<symbol>" for every learned vector.
 *  @throws UserError (usage) when the disk refuses; what `guard` throws. */
export function writeLearned(path: string, { values, ...known }: LearnedFile, guard?: Guard): void {
  const tensors = Object.entries(values).flatMap(([parameter, symbols]) =>
    Object.entries(symbols).map(([symbol, numbers]): [string, StoredTensor] => [
      `${parameter}/${symbol}`,
      { shape: [numbers.length], values: numbers },
    ]),
  );
  const metadata = z.encode(metadataSchema, { format: FORMAT, schemaVersion: VERSION, ...known });
  writing(dirname(path), () => writeSafetensors(path, { tensors: Object.fromEntries(tensors), metadata }, guard));
}

/** Whether a safetensors file says that it is a learned optimiser. */
export const isLearnedFile = (metadata: Readonly<Record<string, string>>): boolean => metadata.format === FORMAT;

/** Reads a learned optimiser.
 *  @throws UserError (data) when the file is missing, damaged, of another kind or has numbers that are not finite. */
export function readLearned(path: string): LearnedFile {
  const { tensors, metadata } = readSafetensors(path);
  const fault = (given: string, accepted: string): UserError =>
    new UserError(EXIT.data, { where: path, given, accepted, hint: "meta-train again, or take another file" });
  if (!isLearnedFile(metadata)) throw fault("not a learned optimiser", `metadata format ${FORMAT}`);
  if (metadata.schemaVersion !== VERSION) throw fault(`schemaVersion ${metadata.schemaVersion}`, VERSION);
  const unknown = unknownNumerics(Number(metadata.numerics ?? 1));
  if (unknown !== undefined) throw new UserError(EXIT.data, { where: path, ...unknown });
  const checked = metadataSchema.safeDecode(metadata as z.input<typeof metadataSchema>);
  if (!checked.success) {
    const issue = checked.error.issues[0]!;
    throw fault(`metadata ${issue.path.join(".")}: ${issue.message}`, `metadata of ${FORMAT} ${VERSION}`);
  }
  const flaws = Object.entries(tensors).flatMap(([name, tensor]) => {
    const flaw = flawOf(tensor.values);
    return flaw === undefined ? [] : [`tensor ${name}: ${flaw}`];
  });
  if (flaws.length > 0) throw fault(flaws.join("; "), "finite numbers");
  const groups = [...Object.keys(checked.data.blocks), ...checked.data.shared];
  const values: Record<string, Record<string, TensorArray>> = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    const cut = name.lastIndexOf("/");
    const parameter = name.slice(0, cut);
    if (cut < 1 || !groups.includes(parameter))
      throw fault(`tensor ${name}`, `<parameter>/<symbol> of ${groups.join(", ")}`);
    values[parameter] = { ...values[parameter], [name.slice(cut + 1)]: tensor.values };
  }
  const empty = groups.find((group) => !Object.hasOwn(values, group));
  if (empty !== undefined) throw fault(`no tensors of ${empty}`, "values for every block");
  const { numerics, method, run, settings, domains, model, parameters, blocks, shared } = checked.data;
  return { numerics, method, run, settings, domains, model, parameters, blocks, shared, values };
}

/** Checks that a learned optimiser fits a model: the same blocks of the same sizes, and the same shared groups.
 *  @param expected the model's blocks, by parameter. @param shared the groups that serve all parameters.
 *  @throws UserError (usage) that names the first mismatch. */
export function checkLearned(
  path: string,
  { blocks, shared: held, model }: LearnedFile,
  expected: Readonly<Record<string, Block>>,
  shared: readonly string[] = [],
): void {
  const lacking = shared.find((group) => !held.includes(group));
  const given = firstMismatch(blocks, expected) ?? (lacking && `no values given for ${lacking}`);
  if (given === undefined) return;
  const { kind, ...settings } = model;
  const name = Object.keys(settings).length === 0 ? `model.kind to ${kind}` : `model to ${JSON.stringify(model)}`;
  throw new UserError(EXIT.usage, {
    where: path,
    given,
    accepted: [
      ...Object.entries(blocks).map(([parameter, size]) => `${layerOf(parameter)} ${sizeText(size)}`),
      ...held,
    ].join(", "),
    hint: `set ${name}, or meta-train on this model`,
  });
}

function firstMismatch(
  given: Readonly<Record<string, Block>>,
  expected: Readonly<Record<string, Block>>,
): string | undefined {
  for (const [parameter, size] of Object.entries(expected)) {
    const layer = `layer ${layerOf(parameter)}`;
    const held = Object.hasOwn(given, parameter) ? given[parameter] : undefined;
    if (held === undefined) return `no block given for ${layer} (${sizeText(size)})`;
    if (held.rows !== size.rows || held.columns !== size.columns)
      return `block of ${sizeText(held)} given for ${layer} (${sizeText(size)})`;
  }
  const extra = Object.keys(given).find((parameter) => !Object.hasOwn(expected, parameter));
  return extra && `block given for layer ${layerOf(extra)} (${sizeText(given[extra]!)}), which the model does not have`;
}

const layerOf = (parameter: string): string => parameter.replace(/\.weight$/, "");
const sizeText = ({ rows, columns }: Block): string => `${rows}x${columns}`;
