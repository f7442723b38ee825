import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { environment } from "../core/home.js";

/** A GPU, as its driver tells of it. */
export interface Gpu {
  /** Its number, from 0, in the order of its bus. */
  readonly index: string;
  readonly uuid: string;
  readonly name: string;
  readonly driver: string;
  /** Absent where the driver does not say. */
  readonly memoryBytes?: number;
}

/** The GPUs of this machine, or why none can be asked for. */
export interface Gpus {
  readonly devices: readonly Gpu[];
  /** Absent where the driver answers. */
  readonly problem?: { readonly given: string; readonly hint: string };
}

/** How a program failed: with a code it was not run to its end, and what it said may be null. */
interface Failure extends NodeJS.ErrnoException {
  readonly signal: NodeJS.Signals | null;
  readonly status: number | null;
  readonly stdout: string | null;
  readonly stderr: string | null;
}

const BY_HAND = "see to the driver: nvidia-smi by hand, dmesg";
const PATIENCE = 20_000;
const ASKED = ["index", "uuid", "name", "driver_version", "memory.total"];
const QUERY = [`--query-gpu=${ASKED.join(",")}`, "--format=csv,noheader,nounits"];
const GPU_LINE = /^\d+,GPU-[^,]+,[^[,]/;

/** Asks the driver for the GPUs of this machine. @param patience milliseconds after which it does not answer any more. */
export function findGpus(patience = PATIENCE): Gpus {
  try {
    return { devices: parseGpus(ask(QUERY, patience)) };
  } catch (error) {
    const failure = error as Failure;
    // One card that is lost has nvidia-smi fail, and the others are well.
    const devices = failure.code === undefined ? parseGpus(failure.stdout ?? "") : [];
    return devices.length > 0 ? { devices } : { devices, problem: problemOf(failure) };
  }
}

/** Those that this process may use, in the order of CUDA_VISIBLE_DEVICES. */
export function visibleGpus(gpus: Gpus = findGpus()): readonly Gpu[] {
  // CUDA shows none at all where one is named twice.
  return isNamedTwice(gpus) ? [] : shownGpus(gpus);
}

/** The card that this process computes on: the first that it may use, or that of which it may use a part (MIG). A part's
 *  size is not known. */
export function ownCard(gpus: Gpus = findGpus()): Gpu | undefined {
  const [first] = visibleGpus(gpus);
  const name = partInUse();
  if (first !== undefined || name === undefined) return first;
  const cards = cardsOfParts().filter(({ uuid }) => uuid.startsWith(name));
  const card = cards.length === 1 ? gpus.devices.find(({ uuid }) => uuid === cards[0]!.card) : undefined;
  if (card === undefined) return undefined;
  const { index, uuid, name: ofCard, driver } = card;
  return { index, uuid, name: ofCard, driver };
}

/** The part of a GPU (MIG) that this process computes on, as CUDA_VISIBLE_DEVICES names it; undefined: no part. */
export function partInUse(): string | undefined {
  const name = environment("CUDA_VISIBLE_DEVICES")?.split(",")[0]?.trim();
  return name !== undefined && /^MIG-./.test(name) ? name : undefined;
}

/** The parts of GPUs, each with its card: nvidia-smi lists them below it. */
function cardsOfParts(): { uuid: string; card: string }[] {
  const parts: { uuid: string; card: string }[] = [];
  let card = "";
  for (const [, uuid] of listed().matchAll(/\(UUID: ([^)]+)\)/g))
    if (uuid!.startsWith("MIG-")) parts.push({ uuid: uuid!, card });
    else card = uuid!;
  return parts;
}

/** Whether CUDA_VISIBLE_DEVICES says that no GPU is to be used: it is empty, or has one of CUDA's words for it. */
export const hidesAll = (): boolean => /^(|-1|NoDevFiles)$/.test(process.env.CUDA_VISIBLE_DEVICES?.trim() ?? "all");

/** Whether CUDA_VISIBLE_DEVICES has a GPU twice. */
export function isNamedTwice(gpus: Gpus): boolean {
  const shown = shownGpus(gpus);
  return new Set(shown).size < shown.length;
}

/** Those that CUDA_VISIBLE_DEVICES names before its first entry that names none: there CUDA stops reading. */
function shownGpus({ devices }: Gpus): readonly Gpu[] {
  const entries = process.env.CUDA_VISIBLE_DEVICES?.split(",");
  if (entries === undefined) return devices;
  const found = entries.map((entry) => gpuOf(entry.trim(), devices));
  const end = found.indexOf(undefined);
  return (end < 0 ? found : found.slice(0, end)) as Gpu[];
}

/** The GPU of a number, or of a UUID or as much of its beginning as no other has. */
export function gpuOf(name: string, devices: readonly Gpu[]): Gpu | undefined {
  if (/^\d+$/.test(name)) return devices.find(({ index }) => Number(index) === Number(name));
  const fitting = /^GPU-./.test(name) ? devices.filter(({ uuid }) => uuid.startsWith(name)) : [];
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** Variables with which a process sees one GPU alone, numbered as nvidia-smi numbers them. */
export const oneGpu = (gpu: string): Readonly<Record<string, string>> => ({
  CUDA_VISIBLE_DEVICES: gpu,
  CUDA_DEVICE_ORDER: "PCI_BUS_ID",
});

/** GPUs in a line. */
export const named = ({ devices }: Pick<Gpus, "devices">): string =>
  devices.map(({ index, name }) => `${index}: ${name}`).join(", ");

/** Whether the machine shows an NVIDIA GPU with its driver. */
export const hasNvidiaGpu = (): boolean => existsSync("/proc/driver/nvidia/version") || existsSync("/dev/nvidia0");

/** Whether the machine has the driver's program, which may fail. */
export const hasNvidiaSmi = (): boolean =>
  (process.env.PATH ?? "").split(delimiter).some((folder) => folder !== "" && existsSync(join(folder, "nvidia-smi")));

const ask = (options: readonly string[], patience: number): string =>
  execFileSync("nvidia-smi", options, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: patience,
    killSignal: "SIGKILL",
  });

function listed(): string {
  try {
    return ask(["-L"], PATIENCE);
  } catch (error) {
    return (error as Failure).stdout ?? "";
  }
}

/** The lines that name a GPU. What the driver cannot tell is in brackets, like [N/A]; there may be errors in between. */
function parseGpus(text: string): Gpu[] {
  return text
    .split("\n")
    .map((line) => line.split(",").map((part) => part.trim()))
    .filter((parts) => parts.length >= ASKED.length && GPU_LINE.test(parts.join()))
    .map(([index, uuid, ...parts]) => {
      // A name may have commas.
      const [driver, mebibytes] = parts.slice(-2);
      const sized = Number(mebibytes) > 0 && { memoryBytes: Number(mebibytes) * 2 ** 20 };
      return { index: index!, uuid: uuid!, name: parts.slice(0, -2).join(", "), driver: driver!, ...sized };
    });
}

function problemOf({ code, signal, status, stdout, stderr }: Failure): { given: string; hint: string } {
  if (code === "ENOENT")
    return hasNvidiaGpu()
      ? { given: "an NVIDIA GPU without nvidia-smi", hint: "put the driver's nvidia-smi on the PATH" }
      : { given: "neither nvidia-smi nor /dev/nvidia0 is here", hint: "use a machine with one, or the CPU" };
  if (code === "ETIMEDOUT") return { given: "nvidia-smi, which does not answer", hint: BY_HAND };
  if (code !== undefined)
    return {
      given: `nvidia-smi cannot be run (${code})`,
      hint: "see to its permissions and those of the folders on the PATH",
    };
  if (signal !== null) return { given: `nvidia-smi, which ${signal} ended`, hint: BY_HAND };
  const said = `${stdout}${stderr}`.trim().split("\n")[0]!;
  if (said === "") return { given: `nvidia-smi, which ends with ${status} and says nothing`, hint: BY_HAND };
  return { given: `nvidia-smi says: ${said}`, hint: "see to the driver: nvidia-smi by hand says the same" };
}
