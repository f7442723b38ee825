import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import openWabt from "wabt";
import { packageRoot } from "../../../src/core/files.js";
import { inShell } from "../../support/binary.js";
import { MODULE, type lookup as Lookup } from "../../../src/data/batches/lookup.js";

const GREY = { mean: [0.13], std: [0.31] };
const COLOUR = { mean: [0.5, 0, 0.25], std: [0.25, 2, 1] };
/** Begins anew: each has a memory of its own. */
async function fresh(): Promise<typeof Lookup> {
  vi.resetModules();
  return (await import("../../../src/data/batches/lookup.js")).lookup;
}
const bytesOf = (size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_unused, i) => (i * 37 + (i >> 8)) % 256);
const wanted = (bytes: Uint8Array, { mean, std }: typeof GREY): Float32Array =>
  Float32Array.from(bytes, (byte, i) => (byte / 255 - mean[i % mean.length]!) / std[i % std.length]!);

test("the module is lookup.wat, assembled", async () => {
  const text = readFileSync(join(packageRoot(), "src", "data", "batches", "lookup.wat"), "utf8");
  const { buffer } = (await openWabt()).parseWat("lookup.wat", text).toBinary({});
  expect(MODULE).toBe(Buffer.from(buffer).toString("base64"));
});

test.each([
  ["WebAssembly", (): void => undefined],
  [
    "JavaScript, where WebAssembly finds no memory",
    () =>
      void vi.spyOn(WebAssembly, "Instance").mockImplementation(function () {
        throw new RangeError("WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance");
      }),
  ],
  [
    "JavaScript, where an image is too large for the memory",
    () =>
      void vi.spyOn(WebAssembly.Memory.prototype, "grow").mockImplementation(() => {
        throw new RangeError("WebAssembly.Memory.grow(): Unable to grow instance memory");
      }),
  ],
])("by %s: every byte of images of any size, by normalisations in turns", async (_by, prepare) => {
  prepare();
  const lookup = await fresh();
  const sizes = [1, 5, 6, 7, 784, 3072, 40_000, 150_528];
  const writers = sizes.flatMap((size) =>
    [GREY, COLOUR].map((normalisation) => ({ size, normalisation, write: lookup(normalisation, size) })),
  );
  for (const { size, normalisation, write } of [...writers, ...writers.reverse()]) {
    const [pixels, expected] = [new Float32Array(size + 5).fill(7), new Float32Array(size + 5).fill(7)];
    const bytes = bytesOf(size);
    expected.set(wanted(bytes, normalisation), 2);
    write(bytes, pixels, 2);
    expect(Buffer.from(pixels.buffer).equals(Buffer.from(expected.buffer)), `${size} bytes`).toBe(true);
  }
});

test("another error than that of too little memory is not hidden", async () => {
  vi.spyOn(WebAssembly, "Instance").mockImplementation(function () {
    throw new TypeError("wrong");
  });
  const lookup = await fresh();
  expect(() => lookup(GREY, 4)).toThrow("wrong");
});

test.skipIf(process.platform !== "linux")("no addresses are reserved where they are limited", async () => {
  const script = `
    import { readFileSync } from "node:fs";
    import { lookup } from ${JSON.stringify(join(packageRoot(), "dist", "src", "data", "batches", "lookup.js"))};
    const size = () => Number(/VmSize:\\s*(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]);
    const before = size();
    const pixels = new Float32Array(2);
    lookup({ mean: [0], std: [1] }, 2)(Uint8Array.of(255, 0), pixels, 0);
    console.log([...pixels].join(), size() - before < 2 ** 20);`;
  const said = async (limit: string): Promise<string> =>
    (await inShell(`ulimit -v ${limit}; exec "${process.execPath}" --input-type=module -e '${script}'`)).stdout;
  expect(await said("40000000")).toBe("1,0 true\n");
  expect(await said("unlimited")).toBe("1,0 false\n");
});
