import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { environment } from "../../../core/home.js";
import { isNamedTwice, named, partInUse, visibleGpus, type Gpus } from "../../gpus.js";
import type { Addon, Missing } from "./location.js";

/** Why the native engine uses no GPU, and what to do about it. */
export interface NoGpu {
  readonly reason: string;
  readonly hint: string;
}

/** The oldest driver that runs CUDA 12 programs. Source: NVIDIA, CUDA Compatibility, minor version compatibility. */
const OLDEST_DRIVER = "525.60.13";

/** What TensorFlow opens by itself when it looks for a GPU, by the package that has it. */
const LIBRARIES: Readonly<Record<string, string>> = {
  cuda_runtime: "libcudart.so.12",
  cublas: "libcublas.so.12",
  cudnn: "libcudnn.so.9",
  cufft: "libcufft.so.11",
  cusolver: "libcusolver.so.11",
  cusparse: "libcusparse.so.12",
  nccl: "libnccl.so.2",
  nvjitlink: "libnvJitLink.so.12",
};

/** The first thing that stands between the native engine and a GPU. @param addon the build that is installed. */
export function whyNoGpu(gpus: Gpus, addon: Addon | Missing): NoGpu {
  const { devices, problem } = gpus;
  if (problem !== undefined) return { reason: problem.given, hint: problem.hint };
  if (devices.length === 0) return { reason: "the driver shows no GPU", hint: "see what nvidia-smi says" };
  if (visibleGpus(gpus).length === 0 && partInUse() === undefined) {
    const given = `CUDA_VISIBLE_DEVICES is ${JSON.stringify(process.env.CUDA_VISIBLE_DEVICES)}, which`;
    if (isNamedTwice(gpus))
      return { reason: `${given} names a GPU twice: CUDA then shows none`, hint: "name each once" };
    return { reason: `${given} hides ${named(gpus)}`, hint: "unset it, or set it to 0" };
  }
  const old = oldDriver(gpus);
  if (old !== undefined) return old;
  if ("missing" in addon) return { reason: addon.missing, hint: "metamd engine install --gpu" };
  if (addon.build === "cpu")
    return { reason: "the CPU build is installed", hint: "metamd engine install --gpu brings the CUDA build" };
  const missing = missingLibraries(addon.folder);
  if (missing.length > 0)
    return { reason: `missing: ${missing.join(", ")}`, hint: "metamd engine install --gpu --force" };
  if (!hasDriverLibrary())
    return { reason: "the driver's libcuda.so.1 is not found", hint: "install it, or show it to the container" };
  const others = librariesBefore();
  if (others.length > 0)
    return {
      reason: `LD_LIBRARY_PATH has other libraries, which may be of another version: ${others.join(", ")}`,
      hint: "take these folders out of LD_LIBRARY_PATH",
    };
  return {
    reason: "TensorFlow finds none that it can use",
    hint: "TF_CPP_MIN_LOG_LEVEL=0 metamd engine info shows what it says",
  };
}

/** What is wrong with a driver that no build can use. */
export function oldDriver({ devices }: Gpus): NoGpu | undefined {
  const driver = devices[0]?.driver;
  return driver !== undefined && isOlder(driver, OLDEST_DRIVER)
    ? { reason: `driver ${driver} is too old for CUDA 12`, hint: `install ${OLDEST_DRIVER} or newer` }
    : undefined;
}

/** Whether a version of numbers and dots comes before another. */
function isOlder(version: string, than: string): boolean {
  const [own, other] = [version, than].map((text) => text.split(".").map(Number));
  for (const [i, part] of other!.entries()) if ((own![i] ?? 0) !== part) return (own![i] ?? 0) < part;
  return false;
}

const missingLibraries = (folder: string): string[] =>
  Object.entries(LIBRARIES).flatMap(([name, library]) =>
    existsSync(join(folder, "nvidia", name, "lib", library)) ? [] : [library],
  );

/** Folders in which the loader looks first: before those that a library names itself. */
const firstFolders = (): string[] =>
  (environment("LD_LIBRARY_PATH") ?? "").split(/[:;]/).filter((folder) => folder !== "");

/** Libraries of the same names that the loader takes in the place of the installed ones. */
const librariesBefore = (): string[] =>
  firstFolders()
    .flatMap((folder) => Object.values(LIBRARIES).map((library) => join(folder, library)))
    .filter((file) => existsSync(file));

/** Where the loader looks, by its own list; where it has none, all is left to TensorFlow. */
function hasDriverLibrary(): boolean {
  if (firstFolders().some((folder) => existsSync(join(folder, "libcuda.so.1")))) return true;
  try {
    return execFileSync("ldconfig", ["-p"], { encoding: "utf8" }).includes("libcuda.so.1");
  } catch {
    return true;
  }
}
