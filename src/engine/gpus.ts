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
  readonly memoryBytes: number;
}

/** The GPUs of this machine, or why none can be asked for. */
export interface Gpus {
  readonly devices: readonly Gpu[];
  /** Absent where the driver answers. */
  readonly problem?: { readonly given: string; readonly hint: string };
}

/** Milliseconds after which a driver does not answer any more. */
const PATIENCE = 20_000;
const ASKED = ["index", "uuid", "name", "driver_version", "memory.total"];

/** Asks the driver for the GPUs of this machine. */
export function findGpus(): Gpus {
  try {
    return { devices: parseGpus(ask()) };
  } catch (error) {
    return { devices: [], problem: problemOf(error as NodeJS.ErrnoException & { stdout?: string; stderr?: string }) };
  }
}

/** Their numbers and names alone, for those that this process may use: CUDA_VISIBLE_DEVICES leaves some of them, in its
 *  order. */
export function visibleGpus({ devices }: Gpus = findGpus()): readonly Gpu[] {
  const shown = environment("CUDA_VISIBLE_DEVICES")?.split(",");
  if (shown === undefined) return process.env.CUDA_VISIBLE_DEVICES === "" ? [] : devices;
  const found: Gpu[] = [];
  for (const name of shown) {
    const gpu = devices.find(({ index, uuid }) => index === name.trim() || uuid.startsWith(name.trim()));
    // CUDA takes those before the first that it does not know.
    if (gpu === undefined) break;
    found.push(gpu);
  }
  return found;
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

const ask = (): string =>
  execFileSync("nvidia-smi", [`--query-gpu=${ASKED.join(",")}`, "--format=csv,noheader,nounits"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: PATIENCE,
  });

function parseGpus(text: string): Gpu[] {
  return text
    .split("\n")
    .map((line) => line.split(",").map((part) => part.trim()))
    .filter((parts) => parts.length === ASKED.length)
    .map(([index, uuid, name, driver, mebibytes]) => ({
      index: index!,
      uuid: uuid!,
      name: name!,
      driver: driver!,
      memoryBytes: Number(mebibytes) * 2 ** 20,
    }));
}

function problemOf({ code, stdout = "", stderr = "" }: NodeJS.ErrnoException & { stdout?: string; stderr?: string }): {
  given: string;
  hint: string;
} {
  if (code === "ENOENT")
    return hasNvidiaGpu()
      ? { given: "an NVIDIA GPU without nvidia-smi", hint: "put the driver's nvidia-smi on the PATH" }
      : { given: "neither nvidia-smi nor /dev/nvidia0 is here", hint: "use a machine with one, or the CPU" };
  if (code === "ETIMEDOUT")
    return { given: "nvidia-smi, which does not answer", hint: "see to the driver: nvidia-smi by hand, dmesg" };
  const said = `${stdout}${stderr}`.trim().split("\n")[0] || "nothing";
  return { given: `nvidia-smi says: ${said}`, hint: "see to the driver: nvidia-smi by hand says the same" };
}
