import { createHash, type Hash } from "node:crypto";
import {
  chmodSync,
  createReadStream,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { create, extract } from "tar";
import { z } from "zod";
import { EXIT, UserError } from "../../../../core/errors.js";
import { makeFolders, programVersion } from "../../../../core/files.js";
import { buildFolder, INSTALLATION_FILE, type Build } from "../location.js";
import { GPU_CHECK_SCRIPT, INSTALL_SCRIPT, stageRuntime } from "./runtime.js";

const part = z.strictObject({ name: z.string().regex(/^[a-z]+-\d{3}\.part$/), bytes: z.int(), sha256: z.string() });
const archive = z.strictObject({ folder: z.string(), parts: z.array(part).min(1) });
const bundleSchema = z.strictObject({
  format: z.literal(1),
  program: z.string(),
  build: z.enum(["cpu", "gpu"]),
  platform: z.string(),
  processor: z.string(),
  engine: archive,
  /** The program with its packages and Node, where they were asked for. */
  runtime: archive.optional(),
});
type Bundle = z.output<typeof bundleSchema>;
type Part = z.output<typeof part>;

const BUNDLE_FILE = "bundle.json";

export interface BundleOptions {
  readonly build: Build;
  /** A folder that is not there yet. */
  readonly output: string;
  /** Of a part at most. */
  readonly partBytes: number;
  /** Node and the program too. */
  readonly withNode: boolean;
  readonly signal: AbortSignal;
  /** Tells the user what is being done. */
  say(line: string): void;
}

export interface Bundled {
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
}

/** Packs an installed engine into parts with checksums, for machines without a network.
 *  @throws UserError (usage) where the folder is there; (engine) where the engine is not installed; Interrupted. */
export async function bundleEngine(options: BundleOptions): Promise<Bundled> {
  const { build, partBytes, withNode, signal, say } = options;
  const output = resolve(options.output);
  const installed = buildFolder(build);
  if (existsSync(output)) throw folderThere(output);
  if (!existsSync(join(installed, INSTALLATION_FILE))) throw notInstalled(build);
  const partial = `${output}.partial-${process.pid}`;
  makeFolders(partial);
  try {
    say(`packing ${installed}`);
    const bundle: Bundle = {
      format: 1,
      program: programVersion(),
      build,
      platform: process.platform,
      processor: process.arch,
      engine: await pack(installed, partial, "engine", partBytes, signal),
    };
    if (withNode) {
      const folder = await stageRuntime(signal, say);
      try {
        say("packing Node and the program");
        bundle.runtime = await pack(folder, partial, "runtime", partBytes, signal);
      } finally {
        rmSync(dirname(folder), { recursive: true, force: true });
      }
      for (const [name, text] of Object.entries({ "install.sh": INSTALL_SCRIPT, "gpu-check.sh": GPU_CHECK_SCRIPT })) {
        writeFileSync(join(partial, name), text);
        chmodSync(join(partial, name), 0o755);
      }
    }
    const parts = [...bundle.engine.parts, ...(bundle.runtime?.parts ?? [])];
    writeFileSync(join(partial, "SHA256SUMS"), parts.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(""));
    writeFileSync(join(partial, BUNDLE_FILE), `${JSON.stringify(bundle, null, 2)}\n`);
    renameSync(partial, output);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  const files = readdirSync(output);
  return {
    folder: output,
    files: files.length,
    bytes: files.reduce((sum, name) => sum + statSync(join(output, name)).size, 0),
  };
}

/** Reads what a bundle is of, and checks that it is for this program and machine and that every part is whole.
 *  @param asked the build that it has to hold; undefined: any.
 *  @throws UserError (engine) that names every part that is missing or changed; (usage) where it holds another build. */
export async function readBundle(from: string, asked: Build | undefined): Promise<Bundle> {
  const file = join(from, BUNDLE_FILE);
  if (!existsSync(file))
    throw new UserError(EXIT.engine, {
      where: file,
      given: "no such file",
      accepted: "the folder that metamd engine bundle made, with all its parts",
      hint: "copy the whole folder, or name another",
    });
  const read = parsed(file);
  const { build, platform, processor, engine } = read;
  if (asked !== undefined && asked !== build) throw otherBuild(file, build, asked);
  const expected = basename(buildFolder(build));
  if (platform !== process.platform || processor !== process.arch)
    throw unfit(file, `an engine for ${platform} on ${processor}`, `one for ${process.platform} on ${process.arch}`);
  if (engine.folder !== expected)
    throw unfit(file, `${engine.folder}, made by metamd ${read.program}`, `${expected}, of metamd ${programVersion()}`);
  const faults = [];
  for (const one of engine.parts) {
    const fault = await faultOf(join(from, one.name), one);
    if (fault !== undefined)
      faults.push({ where: join(from, one.name), given: fault, accepted: `sha256 ${one.sha256}` });
  }
  if (faults.length === 0) return read;
  const last = faults.pop()!;
  throw new UserError(EXIT.engine, [...faults, { ...last, hint: "copy these parts again from where they were made" }]);
}

/** Unpacks the engine of a bundle that was checked. @param folder takes what lies in the engine's own. */
export async function unpackBundle(from: string, { engine }: Bundle, folder: string): Promise<void> {
  async function* bytes(): AsyncGenerator<Buffer> {
    for (const { name } of engine.parts)
      for await (const chunk of createReadStream(join(from, name))) yield chunk as Buffer;
  }
  await pipeline(Readable.from(bytes(), { objectMode: false }), extract({ cwd: folder, strip: 1, strict: true }));
}

/** Packs a folder under its own name. @returns what the parts are. */
async function pack(
  folder: string,
  target: string,
  name: string,
  partBytes: number,
  signal: AbortSignal,
): Promise<Bundle["engine"]> {
  const parts = new Parts(target, name, partBytes);
  const packed = create({ cwd: dirname(folder), gzip: { level: 6 }, portable: true, noMtime: true }, [
    basename(folder),
  ]);
  await pipeline(packed as unknown as NodeJS.ReadableStream, parts, { signal });
  return { folder: basename(folder), parts: parts.written };
}

/** Writes what comes to files of a size, hashing them. */
class Parts extends Writable {
  readonly written: Part[] = [];
  #file: FileHandle | undefined;
  #hash: Hash = createHash("sha256");
  #bytes = 0;

  constructor(
    readonly folder: string,
    readonly prefix: string,
    readonly size: number,
  ) {
    super();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#take(chunk).then(() => done(), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#close().then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    void this.#file?.close().catch(() => undefined);
    done(error);
  }

  async #take(chunk: Buffer): Promise<void> {
    for (let rest = chunk; rest.length > 0;) {
      this.#file ??= await open(join(this.folder, this.#name()), "w");
      const piece = rest.subarray(0, this.size - this.#bytes);
      await this.#file.write(piece);
      this.#hash.update(piece);
      this.#bytes += piece.length;
      rest = rest.subarray(piece.length);
      if (this.#bytes === this.size) await this.#close();
    }
  }

  async #close(): Promise<void> {
    if (this.#file === undefined) return;
    await this.#file.sync();
    await this.#file.close();
    this.written.push({ name: this.#name(), bytes: this.#bytes, sha256: this.#hash.digest("hex") });
    this.#file = undefined;
    this.#hash = createHash("sha256");
    this.#bytes = 0;
  }

  #name = (): string => `${this.prefix}-${String(this.written.length).padStart(3, "0")}.part`;
}

function parsed(file: string): Bundle {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    value = undefined;
  }
  const { success, data } = bundleSchema.safeParse(value);
  if (success) return data;
  throw new UserError(EXIT.engine, {
    where: file,
    given: "damaged, or of another version of metamd",
    accepted: "bundle.json as metamd engine bundle wrote it",
    hint: "copy it again, or make the bundle again with this version",
  });
}

/** What is wrong with a part; undefined: nothing. */
async function faultOf(path: string, { bytes, sha256 }: Part): Promise<string | undefined> {
  if (!existsSync(path)) return "missing";
  const { size } = statSync(path);
  if (size !== bytes) return `${size} bytes instead of ${bytes}`;
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  const found = hash.digest("hex");
  return found === sha256 ? undefined : `sha256 ${found}`;
}

const unfit = (where: string, given: string, accepted: string): UserError =>
  new UserError(EXIT.engine, {
    where,
    given,
    accepted,
    hint: "make the bundle with the same version on such a machine",
  });

const otherBuild = (file: string, build: Build, asked: Build): UserError =>
  new UserError(EXIT.usage, {
    where: file,
    given: `a bundle of the ${build} build`,
    accepted: `one of the ${asked} build, which --${asked} asks for`,
    hint: `leave --${asked} out, or name a folder that metamd engine bundle${asked === "gpu" ? " --gpu" : ""} made`,
  });

const folderThere = (output: string): UserError =>
  new UserError(EXIT.usage, {
    where: output,
    given: "is there already",
    accepted: "a folder that is not there yet",
    hint: "name another with --output, or delete it",
  });

const notInstalled = (build: Build): UserError =>
  new UserError(EXIT.engine, {
    where: buildFolder(build),
    given: `the ${build} build is not installed`,
    accepted: "an installed engine, which is what is packed",
    hint: `metamd engine install --${build}, then the same command again`,
  });
