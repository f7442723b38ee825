// A NaN whose sign bit is set, what processors give for sqrt(-1), was 0 behind a ReLU of the embedded engine.
import { expect, test } from "vitest";
import type { Tensor } from "../../src/engine/ops.js";
import { maxPool, relu, reshape, sqrt, sub } from "../../src/engine/ops.js";
import { eachEngine } from "../support/engines.js";

const negativeNaN = (): Float32Array => new Float32Array(new Uint32Array(16).fill(0xffc00000).buffer);

await eachEngine(({ use }) => {
  test.each([
    { what: "relu of a NaN", f: (x: Tensor) => relu(x), given: negativeNaN() },
    { what: "relu of a root", f: (x: Tensor) => relu(sqrt(sub(x, 2))), given: new Float32Array(16).fill(1) },
    { what: "a maximum", f: (x: Tensor) => maxPool(reshape(x, [1, 4, 4, 1]), 2), given: negativeNaN() },
  ])("$what is NaN", async ({ f, given }) => {
    const engine = await use();
    const feeds = { x: { shape: [16], dtype: "float32" } } as const;
    const program = engine.compile({
      state: {},
      entries: { f: { feeds, step: (state, { x }) => ({ state, outputs: { y: f(x!) } }) } },
    });
    expect([...program.run("f", { x: given }).y!].every(Number.isNaN)).toBe(true);
    program.dispose();
  });
});
