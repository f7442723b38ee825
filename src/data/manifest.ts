import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { EXIT, UserError, type Fault } from "../core/errors.js";
import { isThere, packageRoot } from "../core/files.js";
import { lookup } from "../core/registry.js";
import { readText } from "../core/text-file.js";
import { readYaml } from "../core/yaml.js";
import { asWritten, isText, manifestFaults } from "./manifest-faults.js";

const hex = (digits: number): z.ZodString => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));

const file = z.strictObject({
  name: z.string().regex(/^[\w.-]+$/),
  urls: z.array(z.url({ protocol: /^https?$/ })),
  bytes: z.int().positive().optional(),
  sha256: hex(64).optional(),
  sha1: hex(40).optional(),
  md5: hex(32).optional(),
  /** The inflated file: its length and checksum. People have many sets so; of some only this is known. */
  inflated: z.strictObject({ bytes: z.int().positive(), sha256: hex(64) }).optional(),
  checksumFrom: z.enum(["official", "loader", "recomputed", "memory"]).optional(),
  unpack: z.enum(["none", "gz", "bz2", "tar", "tar.gz", "zip"]).default("none"),
  /** What is extracted: paths with `*` (within a name) and `**`, or a folder with `/` at its end; default everything. */
  only: z.array(z.string()).optional(),
  /** Bytes of what is extracted, for the check of disk space; default the archive's own. */
  unpackedBytes: z.int().positive().optional(),
  maxBytes: z.int().positive(),
  maxEntries: z.int().positive().default(1),
});

/** A file that is not an official one as it was published, and what it must be. */
const known = z.strictObject({ path: z.string(), md5: hex(32) });

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
  splits: z.record(z.string(), z.int().positive()).default({}),
  splitRule: z.enum(["official", "seeded"]).default("official"),
  derivedFrom: z.string().optional(),
  licence: z.strictObject({
    name: z.string(),
    url: z.url().optional(),
    nonCommercial: z.boolean(),
    personalImages: z.boolean().default(false),
  }),
  /** Where people get it. */
  page: z.url().optional(),
  files: z.array(file).default([]),
  /** Paths that the extracted files hold at least; by them an extracted folder is known. */
  tree: z.array(z.string()).default([]),
  /** Other names that top folders of the extracted files have in copies; they are stored under the first one. */
  topsElsewhere: z.record(z.string(), z.array(z.string())).default({}),
  /** Checksums of extracted files: a folder in which they agree is the official one. */
  extracted: z.array(known).default([]),
  /** Files of the Python version, by split and in their order. */
  pickles: z.strictObject({ train: z.array(known), test: z.array(known) }).optional(),
  importOnly: z.boolean().default(false),
  citation: z.string(),
  note: z.string().optional(),
});

const manifest = z.strictObject({ version: z.literal(1), datasets: z.array(dataset) });

/** One official file: where it is found and what it must be. `maxBytes` bounds it after inflation. */
export type ManifestFile = z.output<typeof file>;
/** One dataset: what it is, its official files, its licence. No `image`: sizes vary. */
export type ManifestDataset = z.output<typeof dataset>;

type Manifest = Readonly<Record<string, ManifestDataset>>;

const shippedPath = (): string => join(packageRoot(), "datasets", "manifest.yaml");
/** Parsed manifests by path, with the text they were parsed from. */
const loaded = new Map<string, { readonly text: string; readonly manifest: Manifest }>();

/** All datasets by id: those of the committed manifest, then those of the user's own `<folder>/manifest.yaml`.
 *  @param folder of all datasets; without one, only the committed manifest.
 *  @throws UserError (data) that lists everything wrong with a file. */
export function loadManifest(folder?: string): Manifest {
  const path = shippedPath();
  const shipped = read(path, readFileSync(path, "utf8"), {});
  const ownPath = folder === undefined ? undefined : join(folder, "manifest.yaml");
  if (ownPath === undefined || !isThere(ownPath)) return shipped;
  const accepted = "a manifest that you may read (docs/own-dataset.md)";
  const text = readText(ownPath, { where: ownPath, accepted, exitCode: EXIT.data });
  // In a checkout the default data folder is where the committed manifest lies.
  if (text === loaded.get(path)!.text) return shipped;
  return { ...shipped, ...read(ownPath, text, shipped) };
}

function read(path: string, text: string, before: Manifest): Manifest {
  const known = loaded.get(path);
  if (known?.text === text) return known.manifest;
  const manifest = parseManifest(text, path, path === shippedPath() ? undefined : before);
  loaded.set(path, { text, manifest });
  return manifest;
}

/** The manifest's entry of a dataset. @param folder of all datasets, for the user's own ones.
 *  @throws UserError (usage) that lists the known ids. */
export function describeDataset(id: string, folder?: string): ManifestDataset {
  const own = join(folder ?? "datasets", "manifest.yaml");
  const hint = `images of your own need an entry in ${own} first (docs/own-dataset.md)`;
  return lookup(loadManifest(folder), id, "dataset", EXIT.usage, hint);
}

/** Reads and cross-checks a manifest: unique ids, aliases and file names, known sources, a checksum for every file
 *  that is not import-only.
 *  @param before the committed manifest, when this one is a user's own: it may hold class folders only, under new
 *  names, and its files may lack a checksum until they are fetched for the first time.
 *  @internal Exported for tests. */
export function parseManifest(text: string, where: string, before?: Manifest): Manifest {
  const yaml = readYaml(text, where, { isText });
  if (yaml.faults.length > 0) throw new UserError(EXIT.data, yaml.faults);
  const document = asWritten(yaml);
  const checked = manifest.safeParse(document);
  if (!checked.success) throw new UserError(EXIT.data, manifestFaults(checked.error, document, yaml, where));
  const { datasets } = checked.data;
  const all = [...Object.values(before ?? {}), ...datasets];
  const faults = datasets.flatMap((entry, i) => {
    const at = `${where}:${yaml.lineOf(["datasets", i])}: ${entry.id}`;
    return [...crossCheck(entry, all, at), ...(before === undefined ? checkShipped(entry, at) : checkOwn(entry, at))];
  });
  if (faults.length > 0) throw new UserError(EXIT.data, faults);
  return Object.fromEntries(datasets.map((entry) => [entry.id, entry]));
}

/** @param where the dataset's line and id. */
function crossCheck(entry: ManifestDataset, all: readonly ManifestDataset[], where: string): Fault[] {
  const faults: Fault[] = [];
  const names = all.flatMap(({ id, aliases }) => [id, ...aliases]);
  for (const name of [entry.id, ...entry.aliases])
    if (names.filter((other) => other === name).length > 1) {
      const hint = "give it another id or alias";
      faults.push({ where, given: `the name ${name} is given twice`, accepted: "unique ids and aliases", hint });
    }
  const files = entry.files.map(({ name }) => name);
  for (const name of repeated(files))
    faults.push({ where, given: `the file ${name} is listed twice`, accepted: "unique file names" });
  const classes = typeof entry.classes === "number" ? [] : entry.classes.map((name) => name.normalize());
  for (const name of repeated(classes))
    faults.push({ where, given: `the class ${name} is given twice`, accepted: "every class once" });
  if (entry.derivedFrom !== undefined && !all.some(({ id }) => id === entry.derivedFrom))
    faults.push({ where, given: `derivedFrom ${entry.derivedFrom}`, accepted: all.map(({ id }) => id).join(", ") });
  return faults;
}

const repeated = (names: readonly string[]): string[] => [
  ...new Set(names.filter((name, i) => names.indexOf(name) !== i)),
];

/** Whether a file can be told from a wrong one. */
export function hasChecksum({ sha256, sha1, md5, inflated }: ManifestFile): boolean {
  return (sha256 ?? sha1 ?? md5 ?? inflated) !== undefined;
}

function checkShipped({ files, importOnly, splits }: ManifestDataset, where: string): Fault[] {
  const faults = files
    .filter((entry) => !importOnly && !hasChecksum(entry))
    .map(({ name }) => ({ where, given: `${name} has no checksum`, accepted: "a checksum, or importOnly: true" }));
  if (Object.keys(splits).length > 0) return faults;
  return [...faults, { where, given: "no splits", accepted: "the number of images of every split" }];
}

function checkOwn({ format, derivedFrom, tree }: ManifestDataset, where: string): Fault[] {
  const hint = "see docs/own-dataset.md";
  const refused = [
    ...(format === "class-folders" ? [] : [{ given: `format ${format}`, accepted: "class-folders" }]),
    ...(derivedFrom === undefined ? [] : [{ given: `derivedFrom ${derivedFrom}`, accepted: "files of its own" }]),
    ...(tree.length === 0 ? [] : [{ given: `tree ${tree.join(", ")}`, accepted: "class folders at the top" }]),
  ];
  return refused.map((fault) => ({ where, ...fault, hint }));
}
