import { createHash } from "node:crypto";
import {
  createReadStream,
  existsSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { EXIT, UserError } from "../../../../core/errors.js";
import { isThere, makeFolders, uniqueMark, writeAtomic } from "../../../../core/files.js";
import { locked } from "../../../../core/lock.js";
import { filesBelow } from "../../../../core/walk.js";
import { counted } from "../../../../core/wording.js";
import {
  buildFolder,
  findAddon,
  INSTALLATION_FILE,
  readInstallation,
  type Addon,
  type Build,
  type Installation,
} from "../location.js";
import { compileCommands, kernelCommands, kernelFiles, selfCheck } from "./build.js";
import { readBundle, unpackBundle } from "./bundle.js";
import { SPACE_BYTES, TENSORFLOW_VERSION, WHEELS, type Wheel } from "../pins.js";
import { checkTools, compiler, compilerVersion, runTool } from "./tools.js";

export interface InstallOptions {
  readonly build: Build;
  /** Install again although it is there. */
  readonly force: boolean;
  readonly signal: AbortSignal;
  /** Tells the user what is being done. */
  say(line: string): void;
}

/** What was installed, and where. */
export interface Installed extends Installation {
  readonly folder: string;
  /** False: it was there already. */
  readonly fresh: boolean;
  /** The build that runs from now on: another one where both are installed. */
  readonly runs: Addon;
}

/** A folder that `bundleEngine` made, and the build that it has to hold where one was asked for. */
export interface BundleSource {
  readonly from: string;
  readonly asked: Build | undefined;
}

/** The steps of an installation in words, without doing any. */
export function installSteps({ build, force }: Pick<InstallOptions, "build" | "force">): string[] {
  const folder = buildFolder(build);
  const present = force ? undefined : alreadyThere(folder);
  if (present === undefined) return [...buildSteps(build, folder), ...firstStep(build)];
  if (kernelFiles(folder).every(isThere)) return [leaveStep(present), ...firstStep(build)];
  return [
    `compile metamd's own operations into ${folder}`,
    ...kernelCommands(folder).map(commandStep),
    CHECK_STEP,
    ...firstStep(build),
  ];
}

/** The same of an installation from a bundle, which is looked at. @throws as `installFrom` does for what is wrong with it. */
export async function installFromSteps(
  { from, asked }: BundleSource,
  { force }: Pick<InstallOptions, "force">,
): Promise<string[]> {
  const { build, engine } = await readBundle(from, asked);
  const folder = buildFolder(build);
  const present = force ? undefined : alreadyThere(folder);
  if (present !== undefined) return [leaveStep(present), ...firstStep(build)];
  return [
    `unpack the ${build} build from ${from}, ${counted(engine.parts.length, "part")} with the right checksums, to ${folder}`,
    CHECK_STEP,
    spaceStep(build, folder),
    ...firstStep(build),
  ];
}

const CHECK_STEP = "check it in a process of its own: one matrix product and one compiled step";
const commandStep = (args: readonly string[]): string => `run ${[compiler(), ...args].join(" ")}`;
const leaveStep = ({ tensorflow, build, folder }: Installed): string =>
  `leave TensorFlow ${tensorflow} (${build}) in ${folder} as it is: it is installed already (--force installs it again)`;
const spaceStep = (build: Build, folder: string): string =>
  `needs about ${(SPACE_BYTES[build] / 1e9).toFixed(1)} GB in ${dirname(folder)} while it runs`;

/** Where another build stays the one that runs. */
function firstStep(build: Build): string[] {
  const addon = findAddon();
  if (build === "gpu" || "missing" in addon || addon.build === "cpu") return [];
  return [`leave the gpu build as the one that runs: it comes first, until ${addon.folder} is deleted`];
}

function buildSteps(build: Build, folder: string): string[] {
  return [
    ...wheels(build).map(
      (wheel) => `download ${wheel.package} ${wheel.version} (${wheel.platform}) with pip, SHA-256 ${wheel.sha256}`,
    ),
    `unpack ${[...new Set(wheels(build).flatMap(({ members }) => members))].join(", ")} to ${folder}`,
    ...compileCommands(folder).map(commandStep),
    CHECK_STEP,
    spaceStep(build, folder),
  ];
}

/** Installs the native engine: pinned wheels, checked by SHA-256, and tfjs-node's addon compiled against them.
 *  Finished downloads are kept for the next try.
 *  @throws UserError (engine) that names what is missing; Interrupted. */
export async function install(options: InstallOptions): Promise<Installed> {
  const { build, force, signal, say } = options;
  const folder = buildFolder(build);
  const present = force ? undefined : alreadyThere(folder);
  if (present !== undefined)
    return kernelFiles(folder).every(isThere) ? present : addOwnOperations(folder, options, present);
  const version = await checkTools(signal);
  const downloads = join(dirname(folder), "downloads");
  const installed = await assemble(options, async (partial) => {
    for (const wheel of wheels(build)) {
      const file = await download(wheel, downloads, options);
      say(`unpacking ${basename(file)}`);
      await unpack(file, wheel, partial, signal);
    }
    say(`compiling the addon with ${version}`);
    await Promise.all(compileCommands(partial).map((args) => runTool(compiler(), args, { signal })));
    rmSync(join(partial, "tensorflow", "include"), { recursive: true });
    const installation: Installation = {
      tensorflow: TENSORFLOW_VERSION,
      build,
      compiler: version,
      bytes: sizeOf(partial),
    };
    writeAtomic(join(partial, INSTALLATION_FILE), JSON.stringify(installation, null, 2));
  });
  rmSync(downloads, { recursive: true, force: true });
  return installed;
}

/** Installs the native engine from the parts that `bundleEngine` made, without a network, Python or a compiler.
 *  @throws UserError (engine) that names what is missing or changed; (usage) where another build was asked for;
 *  Interrupted. */
export async function installFrom(
  { from, asked }: BundleSource,
  options: Omit<InstallOptions, "build">,
): Promise<Installed> {
  options.say(`checking the parts in ${from}`);
  const bundle = await readBundle(from, asked);
  const folder = buildFolder(bundle.build);
  const present = options.force ? undefined : alreadyThere(folder);
  if (present !== undefined) return present;
  return assemble({ ...options, build: bundle.build }, async (partial) => {
    options.say("unpacking");
    await unpackBundle(from, bundle, partial);
  });
}

/** Compiles our own operations into a build that was installed before there were these: no download is needed. */
async function addOwnOperations(
  folder: string,
  { signal, say }: InstallOptions,
  present: Installed,
): Promise<Installed> {
  const held = (holder: string): UserError => beingInstalled(folder, holder);
  return locked(`${folder}.lock`, { say, held, lost: () => lostLock(folder) }, async (guard) => {
    say(`compiling metamd's own operations with ${await compilerVersion(signal)}`);
    const partial = `${folder}.partial-${uniqueMark()}`;
    makeFolders(partial);
    try {
      for (const name of readdirSync(folder)) symlinkSync(join(folder, name), join(partial, name));
      await Promise.all(kernelCommands(partial).map((args) => runTool(compiler(), args, { signal })));
      say("checking it");
      await selfCheck(partial, signal);
      guard();
      for (const file of kernelFiles(partial)) renameSync(file, join(folder, basename(file)));
      return { ...present, fresh: true };
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
  });
}

/** The build that runs, of which one is installed. */
const runningBuild = (): Addon => findAddon() as Addon;

function alreadyThere(folder: string): Installed | undefined {
  if (!existsSync(join(folder, INSTALLATION_FILE))) return undefined;
  return { ...readInstallation(folder), folder, fresh: false, runs: runningBuild() };
}

/** Fills a folder beside the final one, checks what is in it and renames it: what is interrupted is never taken for whole.
 *  @param fill puts everything into the folder, with what the installation says of itself. */
async function assemble(
  { build, signal, say }: InstallOptions,
  fill: (partial: string) => Promise<void>,
): Promise<Installed> {
  const folder = buildFolder(build);
  makeFolders(dirname(folder));
  const held = (holder: string): UserError => beingInstalled(folder, holder);
  return locked(`${folder}.lock`, { say, held, lost: () => lostLock(folder) }, async (guard) => {
    requireSpace(build, dirname(folder));
    for (const name of readdirSync(dirname(folder))) {
      if (name.startsWith(`${basename(folder)}.partial-`)) rmSync(join(dirname(folder), name), { recursive: true });
    }
    const partial = `${folder}.partial-${uniqueMark()}`;
    makeFolders(partial);
    try {
      await fill(partial);
      say("checking it");
      await selfCheck(partial, signal);
      guard();
      rmSync(folder, { recursive: true, force: true });
      renameSync(partial, folder);
      return { ...readInstallation(folder), folder, fresh: true, runs: runningBuild() };
    } finally {
      rmSync(partial, { recursive: true, force: true });
    }
  });
}

function wheels(build: Build): readonly Wheel[] {
  const found = WHEELS[build][process.arch];
  if (process.platform === "linux" && found !== undefined) return found;
  throw new UserError(EXIT.engine, {
    where: "engine install",
    given: `${process.platform} on ${process.arch}`,
    accepted: `the ${build} build is for linux on ${Object.keys(WHEELS[build]).join(", ")}`,
    hint: "use --engine wasm, which needs no installation",
  });
}

function requireSpace(build: Build, folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= SPACE_BYTES[build]) return;
  throw new UserError(EXIT.engine, {
    where: folder,
    given: `${((bavail * bsize) / 1e9).toFixed(1)} GB free`,
    accepted: `at least ${(SPACE_BYTES[build] / 1e9).toFixed(1)} GB`,
    hint: "free space there, or set METAMD_ENGINE_DIR to a folder on another disk",
  });
}

/** Gets one wheel with pip, unless an earlier try left it. @returns its path, once its checksum is right. */
async function download(wheel: Wheel, folder: string, { signal, say }: InstallOptions): Promise<string> {
  const own = join(folder, `${wheel.package}-${wheel.version}-${wheel.platform}`);
  const find = (): string | undefined => {
    const name = existsSync(own) ? readdirSync(own).find((file) => file.endsWith(".whl")) : undefined;
    return name && join(own, name);
  };
  const kept = find();
  if (kept !== undefined && (await fileHash(kept)) === wheel.sha256) return kept;
  rmSync(own, { recursive: true, force: true });
  makeFolders(own);
  const requirements = join(own, "requirements.txt");
  writeFileSync(requirements, `${wheel.package}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
  say(`downloading ${wheel.package} ${wheel.version}`);
  const target = [
    "--platform",
    wheel.platform,
    "--python-version",
    "3.11",
    "--implementation",
    "cp",
    "--abi",
    "cp311",
    "--abi",
    "none",
  ];
  const args = [
    "-m",
    "pip",
    "download",
    "--no-deps",
    "--require-hashes",
    "--only-binary=:all:",
    "--progress-bar",
    "off",
  ];
  await runTool("python3", [...args, ...target, "--dest", own, "--requirement", requirements], { signal });
  const file = find();
  const found = file === undefined ? "no file" : await fileHash(file);
  if (file !== undefined && found === wheel.sha256) return file;
  rmSync(own, { recursive: true, force: true });
  throw new UserError(EXIT.engine, {
    where: `${wheel.package} ${wheel.version}`,
    given: `sha256 ${found}`,
    accepted: wheel.sha256,
    hint: "run it again; if it stays so, the package index serves another file than the one that was pinned",
  });
}

/** A wheel is a zip archive; Python, which is needed anyway, unpacks it. Its own checksum was compared before. */
async function unpack(file: string, { members }: Wheel, folder: string, signal: AbortSignal): Promise<void> {
  const script =
    "import sys, zipfile\n" +
    "archive = zipfile.ZipFile(sys.argv[1])\n" +
    "archive.extractall(sys.argv[2], [n for n in archive.namelist() if n.startswith(tuple(sys.argv[3:]))])\n";
  await runTool("python3", ["-c", script, file, folder, ...members], { signal });
}

async function fileHash(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

const sizeOf = (folder: string): number =>
  filesBelow(folder).reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);

const lostLock = (folder: string): UserError =>
  new UserError(EXIT.engine, {
    where: `${folder}.lock`,
    given: "another installation has taken over, since this one made no progress for a long time",
    hint: "wait for it to end; metamd engine info shows what is installed",
  });

const beingInstalled = (folder: string, holder: string): UserError =>
  new UserError(EXIT.engine, {
    where: `${folder}.lock`,
    given: `another installation is running (process ${holder})`,
    hint: "wait for it to end",
  });
