import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { EXIT, UserError, type Fault } from "../core/errors.js";
import { packageRoot } from "../core/files.js";
import { lookup } from "../core/registry.js";

const hex = (digits: number): z.ZodString => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));

const file = z.strictObject({
  name: z.string().regex(/^[\w.-]+$/),
  urls: z.array(z.url()),
  bytes: z.int().positive().optional(),
  sha256: hex(64).optional(),
  sha1: hex(40).optional(),
  md5: hex(32).optional(),
  checksumFrom: z.enum(["official", "loader", "recomputed", "memory"]).optional(),
  unpack: z.enum(["none", "gz", "bz2", "tar", "tar.gz", "zip"]).default("none"),
  only: z.array(z.string()).optional(),
  maxBytes: z.int().positive(),
  maxEntries: z.int().positive().default(1),
});

const dataset = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  title: z.string(),
  aliases: z.array(z.string()).default([]),
  format: z.enum([
    "idx",
    "libsvm",
    "svhn-mat",
    "cifar-binary",
    "stl-binary",
    "aircraft",
    "butterfly",
    "pets",
    "caltech256",
    "dtd",
    "flowers102",
    "class-folders",
    "rotated",
    "synthetic",
  ]),
  image: z.strictObject({ height: z.int(), width: z.int(), channels: z.literal([1, 3]) }).optional(),
  classes: z.union([z.int().min(2), z.array(z.string()).min(2)]),
  splits: z.record(z.string(), z.int().positive()),
  splitRule: z.enum(["official", "seeded"]).default("official"),
  derivedFrom: z.string().optional(),
  licence: z.strictObject({
    name: z.string(),
    url: z.url().optional(),
    nonCommercial: z.boolean(),
    personalImages: z.boolean().default(false),
  }),
  files: z.array(file).default([]),
  importOnly: z.boolean().default(false),
  citation: z.string(),
  note: z.string().optional(),
});

const manifest = z.strictObject({ version: z.literal(1), datasets: z.array(dataset) });

/** One official file: where it is found and what it must be. `maxBytes` bounds it after inflation. */
export type ManifestFile = z.output<typeof file>;
/** One dataset: what it is, its official files, its licence. No `image`: sizes vary. */
export type ManifestDataset = z.output<typeof dataset>;

let loaded: Readonly<Record<string, ManifestDataset>> | undefined;

/** The committed manifest, datasets by id, read once per process.
 *  @throws UserError (data) that lists everything wrong with the file. */
export function loadManifest(): Readonly<Record<string, ManifestDataset>> {
  if (loaded === undefined) {
    const path = join(packageRoot(), "datasets", "manifest.yaml");
    loaded = parseManifest(readFileSync(path, "utf8"), path);
  }
  return loaded;
}

/** The manifest's entry of a dataset.
 *  @throws UserError (usage) that lists the known ids. */
export function describeDataset(id: string): ManifestDataset {
  return lookup(loadManifest(), id, "dataset");
}

/** Reads and cross-checks a manifest: unique ids, aliases and file names, known sources, a checksum for every file
 *  that is not import-only. */
export function parseManifest(text: string, where: string): Readonly<Record<string, ManifestDataset>> {
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw new UserError(EXIT.data, { where, given: `not YAML: ${(error as Error).message}` });
  }
  const checked = manifest.safeParse(document);
  if (!checked.success)
    throw new UserError(
      EXIT.data,
      checked.error.issues.map(({ path, message }) => ({ where: `${where}: ${path.join(".")}`, given: message })),
    );
  const faults = checked.data.datasets.flatMap((entry) => crossCheck(entry, checked.data.datasets, where));
  if (faults.length > 0) throw new UserError(EXIT.data, faults);
  return Object.fromEntries(checked.data.datasets.map((entry) => [entry.id, entry]));
}

function crossCheck(entry: ManifestDataset, all: readonly ManifestDataset[], manifestPath: string): Fault[] {
  const faults: Fault[] = [];
  const where = `${manifestPath}: ${entry.id}`;
  const names = all.flatMap(({ id, aliases }) => [id, ...aliases]);
  for (const name of [entry.id, ...entry.aliases])
    if (names.filter((other) => other === name).length > 1)
      faults.push({ where, given: `the name ${name} is given twice`, accepted: "unique ids and aliases" });
  const files = entry.files.map(({ name }) => name);
  for (const name of new Set(files.filter((name, i) => files.indexOf(name) !== i)))
    faults.push({ where, given: `the file ${name} is listed twice`, accepted: "unique file names" });
  if (entry.derivedFrom !== undefined && !all.some(({ id }) => id === entry.derivedFrom))
    faults.push({ where, given: `derivedFrom ${entry.derivedFrom}`, accepted: all.map(({ id }) => id).join(", ") });
  for (const { name, sha256, sha1, md5 } of entry.files)
    if (!entry.importOnly && sha256 === undefined && sha1 === undefined && md5 === undefined)
      faults.push({ where, given: `${name} has no checksum`, accepted: "sha256, sha1 or md5, or importOnly: true" });
  return faults;
}
