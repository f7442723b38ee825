import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { findGpus, ownCard, visibleGpus } from "../../src/engine/gpus.js";
import { engineInfo } from "../../src/engine/info.js";
import { gpuDetails } from "../../src/engine/backends/tensorflow/environment.js";
import { whyNoGpu } from "../../src/engine/backends/tensorflow/why-no-gpu.js";
import { findAddon } from "../../src/engine/backends/tensorflow/location.js";
import { engineSchema } from "../../src/records/provenance.js";
import { CPU_ENGINE } from "../records/fixtures.js";
import { scratchFolder } from "../support/folder.js";
import { seemingBuild, seemingGpus, seemingNvidiaSmi, TWO } from "../support/gpus.js";

const folder = scratchFolder();
beforeEach(() => {
  vi.stubEnv("CUDA_VISIBLE_DEVICES", undefined);
  vi.stubEnv("METAMD_ENGINE_DIR", join(folder, "nothing"));
});
afterEach(() => void vi.unstubAllEnvs());
const why = (): string => whyNoGpu(findGpus(), findAddon()).reason;

test("GPUs are as nvidia-smi tells of them", () => {
  seemingGpus(join(folder, "two"), TWO);
  const [first, second] = findGpus().devices;
  expect(first).toEqual({
    index: "0",
    uuid: "GPU-aaaa",
    name: "NVIDIA A100",
    driver: "550.54.15",
    memoryBytes: 40960 * 2 ** 20,
  });
  vi.stubEnv("CUDA_VISIBLE_DEVICES", "GPU-bb,0");
  expect(visibleGpus()).toEqual([second, first]);
  vi.stubEnv("CUDA_VISIBLE_DEVICES", "1,7,0");
  expect(visibleGpus()).toEqual([second]);
});

test.each(["[N/A]", "[Unknown Error]", "[GPU is lost]", ""])(
  "a size that the driver does not know: %j",
  async (size) => {
    seemingGpus(join(folder, "unsized"), TWO.replace("40960", size));
    expect(findGpus().devices.map(({ memoryBytes }) => memoryBytes)).toEqual([undefined, 40960 * 2 ** 20]);
    const { gpus } = await engineInfo("reference", {});
    expect(gpus).toHaveLength(2);
    expect(gpus[0]).not.toHaveProperty("memoryBytes");
    expect(gpus[1]).toHaveProperty("memoryBytes", 40960 * 2 ** 20);
  },
);

test.each([
  "Unable to determine the device handle for GPU0: 0000:3B:00.0: GPU is lost. Reboot the system to recover this GPU",
  "0, [GPU is lost], [GPU is lost], 550.54.15, [GPU is lost]",
  "0, GPU-aaaa, [Unknown Error], 550.54.15, [Unknown Error]",
])("a lost card hides no other: %s", (line) => {
  const [, healthy] = TWO.split("\n");
  for (const code of [0, 15]) {
    seemingGpus(join(folder, "lost"), `${line}\n${healthy}\n`, code);
    expect(findGpus()).toEqual({ devices: [expect.objectContaining({ index: "1", uuid: "GPU-bbbb" })] });
  }
});

describe("CUDA_VISIBLE_DEVICES is read as CUDA reads it", () => {
  beforeEach(() => seemingGpus(join(folder, "alike"), TWO.replace("GPU-bbbb", "GPU-aabb")));

  test.each([
    [undefined, "0,1"],
    ["1,0", "1,0"],
    [" 1 , 0 ", "1,0"],
    ["01", "1"],
    ["GPU-aabb,GPU-aaaa", "1,0"],
    ["GPU-aab", "1"],
  ])("%j shows %s", (given, shown) => {
    vi.stubEnv("CUDA_VISIBLE_DEVICES", given);
    expect(visibleGpus().map(({ index }) => index)).toEqual(shown.split(","));
  });

  test.each(["1,", "1,,0", "1, ,0", "1,7,0", "1,-1,0", "1,GPU-,0", "1,GPU-aa,0", "1,G,0", "1,1x,0", "1,-1,1"])(
    "%j ends at the first that names none",
    (given) => {
      vi.stubEnv("CUDA_VISIBLE_DEVICES", given);
      expect(visibleGpus().map(({ index }) => index)).toEqual(["1"]);
    },
  );

  test.each(["", " ", ",0", "-1", "G", "GPU-", "GPU-aa", "aaaa", "gpu-aaaa", "7"])("%j hides all", (given) => {
    vi.stubEnv("CUDA_VISIBLE_DEVICES", given);
    expect(visibleGpus()).toEqual([]);
    expect(why()).toBe(`CUDA_VISIBLE_DEVICES is "${given}", which hides 0: NVIDIA A100, 1: NVIDIA A100`);
  });

  test.each(["0,0", "0,1,0", "0,00", "1,GPU-aab", "0,0,7"])("%j shows none, as one is there twice", (given) => {
    vi.stubEnv("CUDA_VISIBLE_DEVICES", given);
    expect(visibleGpus()).toEqual([]);
    expect(why()).toBe(`CUDA_VISIBLE_DEVICES is "${given}", which names a GPU twice: CUDA then shows none`);
  });
});

describe("the card that a process computes on", () => {
  /** As drivers list parts: since 470, and before. */
  const LIST = `GPU 0: NVIDIA A100 (UUID: GPU-aaaa)
  MIG 3g.20gb     Device  0: (UUID: MIG-11aa)
  MIG 1g.5gb      Device  1: (UUID: MIG-11bb)
GPU 1: NVIDIA H100 (UUID: GPU-bbbb)
  MIG 1g.10gb     Device  0: (UUID: MIG-22aa)
  MIG 1g.10gb     Device  1: (UUID: MIG-GPU-bbbb/7/0)
`;
  const cards = TWO.replace("1, GPU-bbbb, NVIDIA A100", "1, GPU-bbbb, NVIDIA H100");
  const seeming = (list: string): void =>
    seemingNvidiaSmi(join(folder, "parts"), `if [ "$1" = -L ]; then ${list}; else printf '%s' "${cards}"; fi`);

  test.each([
    [undefined, "NVIDIA A100"],
    ["1", "NVIDIA H100"],
    ["MIG-11bb", "NVIDIA A100"],
    ["MIG-22aa", "NVIDIA H100"],
    ["MIG-2", "NVIDIA H100"],
    [" MIG-11aa,MIG-22aa", "NVIDIA A100"],
    ["MIG-GPU-bbbb/7/0", "NVIDIA H100"],
    ["MIG-1", undefined],
    ["MIG-33", undefined],
    ["MIG-", undefined],
    ["-1", undefined],
  ])("CUDA_VISIBLE_DEVICES %j: %s", (given, name) => {
    seeming(`printf '%s' "${LIST}"`);
    vi.stubEnv("CUDA_VISIBLE_DEVICES", given);
    expect(ownCard()?.name).toBe(name);
    if (given?.includes("MIG") !== true || name === undefined) return;
    expect(ownCard()).toHaveProperty("driver", "550.54.15");
    expect(ownCard()).not.toHaveProperty("memoryBytes");
  });

  test("is unknown where nvidia-smi does not list the parts", () => {
    vi.stubEnv("CUDA_VISIBLE_DEVICES", "MIG-11aa");
    for (const list of ["exit 9", "echo nothing"]) {
      seeming(list);
      expect(ownCard()).toBeUndefined();
    }
  });
});

test("a record has how a GPU was used, and of a processor only what was asked for", () => {
  const usual = { tf32: false, deterministic: true };
  expect(gpuDetails(true, {})).toEqual({ memory: { gpuMemoryGrowth: true }, kernels: usual });
  expect(gpuDetails(true, { gpuMemoryGrowth: false, tf32: true, deterministic: false })).toEqual({
    memory: { gpuMemoryGrowth: false },
    kernels: { tf32: true, deterministic: false },
  });
  expect(gpuDetails(false, { tf32: true, deterministic: false })).toEqual({ memory: {}, kernels: usual });
  for (const gpuMemoryGrowth of [true, false, undefined])
    expect(engineSchema.parse({ ...CPU_ENGINE, gpu: true, gpuMemoryGrowth })).toHaveProperty("gpu", true);
});

describe("why none is used", () => {
  test("there is none", () => {
    vi.stubEnv("PATH", join(folder, "nothing"));
    expect(why()).toBe("neither nvidia-smi nor /dev/nvidia0 is here");
  });

  test("the driver does not answer", () => {
    const says = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\nMore.\n";
    seemingGpus(join(folder, "broken"), says, 9);
    expect(why()).toBe(
      "nvidia-smi says: NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.",
    );
  });

  test.each([
    ["kill -SEGV $$", "nvidia-smi, which SIGSEGV ended", "see to the driver: nvidia-smi by hand, dmesg"],
    ["echo half; kill -KILL $$", "nvidia-smi, which SIGKILL ended", "see to the driver: nvidia-smi by hand, dmesg"],
    ["exit 3", "nvidia-smi, which ends with 3 and says nothing", "see to the driver: nvidia-smi by hand, dmesg"],
    [
      "echo >&2; echo No driver. >&2; exit 9",
      "nvidia-smi says: No driver.",
      "see to the driver: nvidia-smi by hand says the same",
    ],
  ])("nvidia-smi fails: %s", (script, reason, hint) => {
    seemingNvidiaSmi(join(folder, "failing"), script);
    expect(whyNoGpu(findGpus(), findAddon())).toEqual({ reason, hint });
  });

  test("nvidia-smi may not be executed", () => {
    vi.stubEnv("PATH", join(folder, "nothing"));
    seemingNvidiaSmi(join(folder, "forbidden"), "echo never", 0o644);
    expect(whyNoGpu(findGpus(), findAddon())).toEqual({
      reason: "nvidia-smi cannot be run (EACCES)",
      hint: "see to its permissions and those of the folders on the PATH",
    });
  });

  test("the driver hangs, whatever signals nvidia-smi lets pass", () => {
    seemingNvidiaSmi(join(folder, "stuck"), "trap '' TERM INT HUP\nwhile :; do sleep 0.1; done");
    expect(whyNoGpu(findGpus(300), findAddon()).reason).toBe("nvidia-smi, which does not answer");
  });

  test("the environment hides it", () => {
    seemingGpus(join(folder, "two"), TWO);
    vi.stubEnv("CUDA_VISIBLE_DEVICES", "-1");
    expect(why()).toBe('CUDA_VISIBLE_DEVICES is "-1", which hides 0: NVIDIA A100, 1: NVIDIA A100');
  });

  test.each([
    ["470.256.02", true],
    ["525.60.12", true],
    ["525.60.13", false],
    ["1000.1", false],
  ])("driver %s is too old: %s", (driver, tooOld) => {
    seemingGpus(join(folder, "driver"), TWO.replaceAll("550.54.15", driver));
    expect(why().includes("too old for CUDA 12")).toBe(tooOld);
    vi.stubEnv("CUDA_VISIBLE_DEVICES", "MIG-11aa");
    expect(why().includes("too old for CUDA 12")).toBe(tooOld);
    expect(why()).not.toContain("hides");
  });

  test("a name may have commas", () => {
    seemingGpus(join(folder, "commas"), TWO.replace("NVIDIA A100", "NVIDIA RTX, Ada"));
    expect(findGpus().devices.map(({ name, driver }) => [name, driver])).toEqual([
      ["NVIDIA RTX, Ada", "550.54.15"],
      ["NVIDIA A100", "550.54.15"],
    ]);
  });

  test.each(["wasm", "reference"] as const)("the engine that was asked for uses none: %s", async (name) => {
    seemingGpus(join(folder, "two"), TWO);
    const { noGpu } = await engineInfo(name, {});
    expect(noGpu).toEqual({ reason: `engine ${name} uses none`, hint: "engine tensorflow can use one" });
  });

  test("the native engine is not installed, or not its CUDA build", () => {
    seemingGpus(join(folder, "two"), TWO);
    expect(why()).toBe("the native engine is not installed");
    seemingBuild(join(folder, "plain"), "cpu");
    expect(why()).toBe("the CPU build is installed");
  });

  test("a library is missing, or another one comes before it: which", () => {
    seemingGpus(join(folder, "two"), TWO);
    const installed = seemingBuild(join(folder, "cuda"), "gpu");
    expect(why()).toMatch(/^missing: libcudart\.so\.12, .*libcudnn\.so\.9/);
    const put = (name: string, library: string): void => {
      mkdirSync(join(installed, "nvidia", name, "lib"), { recursive: true });
      writeFileSync(join(installed, "nvidia", name, "lib", library), "");
    };
    put("cuda_runtime", "libcudart.so.12");
    put("cublas", "libcublas.so.12");
    put("cudnn", "libcudnn.so.9");
    put("cufft", "libcufft.so.11");
    put("cusolver", "libcusolver.so.11");
    put("cusparse", "libcusparse.so.12");
    put("nccl", "libnccl.so.2");
    expect(why()).toBe("missing: libnvJitLink.so.12");

    put("nvjitlink", "libnvJitLink.so.12");
    const others = join(folder, "others");
    mkdirSync(others);
    writeFileSync(join(others, "libcuda.so.1"), "");
    const unsearchable = [join(folder, "gone"), join(others, "libcuda.so.1"), join(folder, "x".repeat(300))];
    vi.stubEnv("LD_LIBRARY_PATH", `:${unsearchable.join(":")};${others}`);
    expect(why()).toBe("TensorFlow finds none that it can use");
    writeFileSync(join(others, "libcudnn.so.9"), "");
    expect(why()).toBe(
      `LD_LIBRARY_PATH has other libraries, which may be of another version: ${join(others, "libcudnn.so.9")}`,
    );
  });
});
