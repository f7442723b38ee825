import { readFileSync } from "node:fs";
import { z } from "zod";
import { EXIT, UserError, type Fault } from "../core/errors.js";
import { writeAtomic, type Guard } from "../core/files.js";
import { printableName } from "../core/printable.js";
import { reading } from "../core/system-error.js";
import { sha256 } from "../core/hash.js";
import { checkSum } from "./checksums.js";
import { unknownNumerics } from "./numerics.js";

/** The text of a JSON file that `schema` describes, one line per member. @throws ZodError when the value is not of it. */
export const jsonText = <Schema extends z.ZodType>(schema: Schema, value: z.output<Schema>): string =>
  `${JSON.stringify(z.encode(schema, value), null, 2)}\n`;

/** Writes a JSON file that `schema` describes, with a checksum of its content as its last member: such a file is replaced
 *  while others read it, so that none can lie beside it. @throws ZodError when the value is not of the schema. */
export function writeJson<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  value: z.output<Schema>,
  guard?: Guard,
): void {
  const content = z.encode(schema, value) as object;
  const sealed = { ...content, checksum: checksumOf(content) };
  writeAtomic(path, `${JSON.stringify(sealed, null, 2)}\n`, guard);
}

const checksumOf = (content: object): string => sha256(JSON.stringify(content));

/** A kind of JSON files. */
interface JsonFormat<Schema extends z.ZodType> {
  /** Has a literal `schemaVersion`. */
  readonly schema: Schema;
  /** That one. */
  readonly version: number;
  /** What such a file is, in words. */
  readonly what: string;
}

/** Reads a JSON file of a known format; its version is checked before the rest, and so is that of the numerics.
 *  @param hint what to do when it cannot be used. @param refuse says why a value cannot.
 *  @throws UserError (data) that names the file: missing, not what was written, no JSON, unknown versions, or its first
 *  wrong member. */
export function readJson<Schema extends z.ZodType>(
  path: string,
  { schema, version, what }: JsonFormat<Schema>,
  hint: string,
  refuse: (value: z.output<Schema>) => Pick<Fault, "given" | "accepted"> | undefined = () => undefined,
): z.output<Schema> {
  const fault = (given: string, accepted: string, fix = hint): UserError =>
    new UserError(EXIT.data, { where: path, given, accepted, hint: fix });
  const bytes = reading({ where: path, accepted: what, hints: { ENOENT: hint }, exitCode: EXIT.data }, () =>
    readFileSync(path),
  );
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString());
  } catch (error) {
    throw fault(`not valid JSON: ${printableName((error as Error).message)}`, what);
  }
  const { schemaVersion: given, numerics, git } = (json ?? {}) as Versioned;
  if (given !== version)
    throw fault(
      given === undefined ? "no schemaVersion" : `schemaVersion ${JSON.stringify(given)}`,
      `${what} of schemaVersion ${version}`,
      given === undefined ? hint : "use the version of metamd that wrote it, or another results folder",
    );
  const unknown = unknownNumerics(numerics, git?.commit);
  if (unknown !== undefined) throw new UserError(EXIT.data, { where: path, ...unknown });
  const { checksum, ...content } = json as Sealed;
  if (checksum !== undefined && checksum !== checksumOf(content))
    throw fault(`not what was written: changed by hand, cut or another file`, "a file whose checksum is its content's");
  const value = decoded(schema, content, path, what, hint);
  const refused = refuse(value);
  if (refused !== undefined) throw new UserError(EXIT.data, { where: path, ...refused, hint });
  checkSum(path, bytes, hint);
  return value;
}

/** What was written with a checksum; earlier programs wrote none, and records have theirs beside them. */
interface Sealed {
  readonly checksum?: unknown;
}

/** What is looked at before the schema is. */
interface Versioned {
  readonly schemaVersion?: unknown;
  readonly numerics?: unknown;
  readonly git?: { readonly commit?: string } | null;
}

/** Passes a value read from a file through its schema.
 *  @throws UserError (data) that names the file and the first wrong member. */
export function decoded<Schema extends z.ZodType>(
  schema: Schema,
  json: unknown,
  path: string,
  what: string,
  hint: string,
): z.output<Schema> {
  const checked = schema.safeDecode(json as z.input<Schema>);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0]!;
  const given = `${issue.path.join(".") || "top level"}: ${issue.message}`;
  throw new UserError(EXIT.data, { where: path, given, accepted: what, hint });
}
