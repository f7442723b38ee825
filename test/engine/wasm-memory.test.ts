import { expect, test, vi } from "vitest";
import { refusingWarnings, refuseWhatIsFull } from "../../src/engine/backends/wasm/memory.js";

test("an allocation that gets no memory is an error, not address 0", () => {
  const free = vi.fn();
  const compiled = { _malloc: (bytes: number): number => (bytes > 100 ? 0 : 8), _free: free };
  refuseWhatIsFull(compiled);
  expect(free).toHaveBeenCalledWith(8);
  expect(compiled._malloc(100)).toBe(8);
  expect(() => compiled._malloc(101)).toThrow("WebAssembly is out of memory");
  expect(() => compiled._malloc(2 ** 32 + 1)).toThrow("WebAssembly is out of memory");
});

test("an allocation of nothing may have any address", () => {
  const compiled = { _malloc: (bytes: number): number => (bytes === 0 ? 0 : 8), _free: vi.fn() };
  refuseWhatIsFull(compiled);
  expect(compiled._malloc(0)).toBe(0);
});

test("a convolution that the library refuses is an error; other warnings stay warnings", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const spied = console.warn;
  const said = await refusingWarnings(() => Promise.resolve(console.warn.bind(console)));
  expect(console.warn).toBe(spied);
  const refused = "XNN status for xnn_create_convolution2d_nhwc_f32 is not successful. Got status 6.";
  expect(() => said(refused)).toThrow(`WebAssembly is out of memory, of which it can address 4 GB, or: ${refused}`);
  said("something else", 3);
  expect(warn.mock.calls).toEqual([["something else", 3]]);
  warn.mockRestore();
});

test("the embedded engine's own memory is watched", async () => {
  const { openWasm } = await import("../../src/engine/backends/wasm/index.js");
  const { loadTfjs } = await import("../../src/engine/load-tfjs.js");
  await openWasm();
  // More than there can be: nothing is taken.
  expect(() => loadTfjs().zeros([2 ** 15, 2 ** 15])).toThrow("WebAssembly is out of memory");
});
