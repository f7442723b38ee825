import { availableParallelism } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { processorShare } from "../../src/engine/share.js";
import { scratchFolder, userError } from "../support/folder.js";
import { seemingBuild, seemingGpus, TWO } from "../support/gpus.js";

const folder = scratchFolder();
const processors = availableParallelism();
beforeEach(() => vi.stubEnv("CUDA_VISIBLE_DEVICES", undefined));
afterEach(() => void vi.unstubAllEnvs());

describe("with the CUDA build and two GPUs", () => {
  beforeEach(() => {
    seemingGpus(join(folder, "two"), TWO);
    seemingBuild(join(folder, "cuda"), "gpu");
  });

  test("runs have one GPU each, and share the processors out", () => {
    const threads = Math.max(1, Math.floor(processors / 2));
    expect(processorShare("auto", {})).toEqual({ jobs: 2, threads, gpus: ["0", "1"] });
    expect(processorShare("tensorflow", { threads: 3 })).toEqual({ jobs: 2, threads: 3, gpus: ["0", "1"] });
  });

  test("--gpus takes some of them, --runs-per-gpu several runs on each", () => {
    expect(processorShare("auto", { gpus: ["1"] })).toMatchObject({ jobs: 1, gpus: ["1"] });
    expect(processorShare("auto", { runsPerGpu: 2 })).toMatchObject({ jobs: 4, gpus: ["0", "1", "0", "1"] });
    for (const name of ["GPU-bbbb", "GPU-b", "01"])
      expect(processorShare("auto", { gpus: [name], runsPerGpu: 2 })).toMatchObject({ jobs: 2, gpus: ["1", "1"] });
    expect(processorShare("auto", { gpus: ["1", "GPU-bbbb"] })).toMatchObject({ jobs: 1, gpus: ["1"] });
    for (const name of ["GPU-", "GPU-c", "2", "MIG-1"])
      expect(userError(() => processorShare("auto", { gpus: [name] })).message).toContain(`--gpus: ${name}`);
    expect(processorShare("auto", { jobs: 3 })).toMatchObject({ jobs: 3, gpus: ["0", "1", "0"] });
  });

  test("as many runs share a GPU as are said to, where nobody asks for another number", () => {
    const most = Math.max(1, Math.floor(processors / 2));
    const runsOn = (): number => 2;
    expect(processorShare("auto", { runsOn }).jobs).toBe(2 * Math.min(2, most));
    expect(processorShare("auto", { gpus: ["1"], runsOn }).jobs).toBe(Math.min(2, processors));
    expect(processorShare("auto", { runsPerGpu: 3, runsOn }).jobs).toBe(6);
    expect(processorShare("auto", { jobs: 1, runsOn }).jobs).toBe(1);
    vi.stubEnv("CUDA_VISIBLE_DEVICES", "MIG-1234");
    expect(processorShare("auto", { runsOn }).jobs).toBe(1);
  });

  test("two numbers of runs are refused, and more runs on a GPU than fit there", () => {
    const both = userError(() => processorShare("auto", { jobs: 5, runsPerGpu: 2 }));
    expect(both.message).toContain("--jobs: 5 in all, with --runs-per-gpu 2");
    expect(both.exitCode).toBe(EXIT.usage);
    const takesAll = true;
    expect(processorShare("auto", { takesAll, runsOn: () => 2 })).toMatchObject({ jobs: 2, gpus: ["0", "1"] });
    expect(processorShare("auto", { takesAll, jobs: 2 })).toMatchObject({ gpus: ["0", "1"] });
    for (const [wanted, where] of [
      [{ runsPerGpu: 2 }, "--runs-per-gpu: 2 runs at the same time on each GPU"],
      [{ jobs: 3 }, "--jobs: 3 runs at the same time on GPU 0, 1"],
      [{ gpus: ["1"], jobs: 2 }, "--jobs: 2 runs at the same time on GPU 1"],
    ] as const)
      expect(userError(() => processorShare("auto", { takesAll, ...wanted })).message).toBe(
        `${where}, with engine.gpuMemoryGrowth: false\n  accepted: one run on each GPU, which takes all of its memory\n` +
          "  hint: leave engine.gpuMemoryGrowth out, or ask for fewer runs",
      );
    expect(processorShare("wasm", { takesAll, jobs: 3 }).jobs).toBe(3);
  });

  test("GPUs whose driver no build can use share nothing out, and are an error where they are asked for", () => {
    seemingGpus(join(folder, "old"), TWO.replaceAll("550.54.15", "470.256.02"));
    expect(processorShare("auto", {}).gpus).toEqual([]);
    expect(processorShare("auto", {})).toMatchObject({ jobs: processors, threads: 1 });
    expect(processorShare("auto", { gpus: ["0"] })).toMatchObject({ gpus: ["0"] });
  });

  test("--gpus takes some parts of GPUs", () => {
    vi.stubEnv("CUDA_VISIBLE_DEVICES", "MIG-1234,MIG-5678");
    for (const name of ["MIG-5678", "MIG-5"])
      expect(processorShare("auto", { gpus: [name] })).toMatchObject({ gpus: ["MIG-5678"] });
    for (const name of ["MIG-", "5678", "MIG-9", "0"])
      expect(userError(() => processorShare("auto", { gpus: [name] })).message).toContain(`--gpus: ${name}`);
  });

  test("parts of GPUs are shared by as many runs as are asked for", () => {
    vi.stubEnv("CUDA_VISIBLE_DEVICES", "MIG-1234,MIG-5678");
    expect(processorShare("auto", { runsPerGpu: 2 })).toMatchObject({
      jobs: 4,
      gpus: ["MIG-1234", "MIG-5678", "MIG-1234", "MIG-5678"],
    });
  });

  test("where nvidia-smi fails, each run has one of the GPUs that CUDA_VISIBLE_DEVICES names", () => {
    seemingGpus(join(folder, "failing"), "Failed to initialize NVML: Unknown Error\n", 255);
    for (const [shown, gpus] of [
      ["0", ["0"]],
      ["0,1", ["0", "1"]],
      ["1, GPU-aaaa,-1,0", ["1", "GPU-aaaa"]],
      ["1,1,,0", ["1"]],
      ["-1", []],
      ["", []],
    ] as const) {
      vi.stubEnv("CUDA_VISIBLE_DEVICES", shown);
      expect(processorShare("auto", {}).gpus, shown).toEqual(gpus);
    }
    vi.stubEnv("CUDA_VISIBLE_DEVICES", "0,1");
    expect(processorShare("auto", { gpus: ["1"], runsPerGpu: 2 })).toMatchObject({ jobs: 2, gpus: ["1", "1"] });
    expect(userError(() => processorShare("auto", { gpus: ["2"] })).message).toContain("--gpus: 2\n  accepted: 0, 1");
  });

  test("a job of Slurm has the processors that it was given", () => {
    vi.stubEnv("SLURM_CPUS_ON_NODE", "1");
    expect(processorShare("auto", { runsOn: () => 4 })).toEqual({ jobs: 2, threads: 1, gpus: ["0", "1"] });
    expect(processorShare("wasm", {}).jobs).toBe(1);
    vi.stubEnv("SLURM_CPUS_ON_NODE", "100000");
    expect(processorShare("auto", {}).threads).toBe(Math.max(1, Math.floor(processors / 2)));
  });

  test("CUDA_VISIBLE_DEVICES leaves some of them, or none", () => {
    vi.stubEnv("CUDA_VISIBLE_DEVICES", "1");
    expect(processorShare("auto", {})).toMatchObject({ jobs: 1, gpus: ["1"] });
    vi.stubEnv("CUDA_VISIBLE_DEVICES", "MIG-1234");
    expect(processorShare("auto", {})).toMatchObject({ jobs: 1, gpus: ["MIG-1234"] });
    vi.stubEnv("CUDA_VISIBLE_DEVICES", "-1");
    expect(processorShare("auto", {}).gpus).toEqual([]);
    expect(processorShare("auto", {}).threads).toBe(1);
  });

  test("a GPU that is not here is refused, with those that are", () => {
    const { message, exitCode } = userError(() => processorShare("auto", { gpus: ["0", "2"] }));
    expect(message).toContain("--gpus: 2\n  accepted: 0: NVIDIA A100, 1: NVIDIA A100");
    expect(exitCode).toBe(EXIT.engine);
  });

  test("an engine without a GPU has none, and refuses to be given one", () => {
    expect(processorShare("wasm", {}).gpus).toEqual([]);
    const { message, exitCode } = userError(() => processorShare("wasm", { runsPerGpu: 4 }));
    expect(message).toContain("--runs-per-gpu: GPUs for engine wasm, which uses none");
    expect(exitCode).toBe(EXIT.usage);
  });
});

test("an engine of one thread leaves the other processors to other runs", () => {
  const alone = processorShare("wasm", {});
  expect(alone).toMatchObject({ threads: 1 });
  expect(processorShare("wasm", { threads: 4 })).toEqual(alone);
  expect(processorShare("reference", { threads: 4, jobs: 2 })).toEqual({ jobs: 2, threads: 1, gpus: [] });
});

test("without the CUDA build there are as many runs as processors, and --gpus says what is missing", () => {
  seemingGpus(join(folder, "two"), TWO);
  seemingBuild(join(folder, "plain"), "cpu");
  expect(processorShare("auto", {})).toMatchObject({ threads: 1, gpus: [] });
  const { message } = userError(() => processorShare("auto", { gpus: ["0"] }));
  expect(message).toContain("--gpus: no GPU: the CPU build is installed\n  hint: metamd engine install --gpu");
});
