// What the native engine's own operations give, however many threads share them.
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { inNode } from "../support/binary.js";
import { engineOrNone } from "../support/engines.js";
import { scratchFolder } from "../support/folder.js";
import { withOwnOperations } from "../support/own-operations.js";

await withOwnOperations(scratchFolder());

/** Hashes of results, large enough for several threads, by the program as it is built. */
const HASHES = `
  const at = (path) => import(new URL(path, "file://" + process.argv[1] + "/"));
  const { createHash } = await import("node:crypto");
  const { openNamedEngine } = await at("engine/open.js");
  const { valueAndGrad } = await at("engine/grad.js");
  const { hostArray, tensorFrom, tidy } = await at("engine/memory.js");
  const { add, lstm, mul, rankOneSolve, sum, symmetricEigen } = await at("engine/ops.js");
  const engine = await openNamedEngine("tensorflow", { threads: Number(process.argv[2]) });
  const drawn = (shape) => {
    const values = Float32Array.from({ length: shape.reduce((size, side) => size * side) }, (_, i) => Math.sin(i * i));
    return tensorFrom(values, { shape, dtype: "float32" });
  };
  const factor = (shape) => ({ vector: drawn(shape), scaled: mul(drawn(shape), 0.1) });
  const computations = {
    symmetricEigen: () => Object.values(symmetricEigen(drawn([620, 620]))),
    lstm: () => {
      const memory = Object.fromEntries(["h1", "c1", "h2", "c2"].map((name) => [name, drawn([20, 1500])]));
      const weights = { weights1: drawn([23, 80]), weights2: drawn([41, 80]), output: drawn([21, 1]) };
      const inputs = { ...weights, input: drawn([3, 2, 1500]), ...memory };
      const { grads } = valueAndGrad((x) => sum(mul(lstm(x).u, 0.5)), inputs);
      return [...Object.values(lstm(inputs)), ...Object.values(grads)];
    },
    // Rows that are no whole vectors, in parts that threads write next to each other.
    rankOneSolve: () =>
      [785, 131].map((width) => rankOneSolve(drawn([256, width]), factor([256, 1]), factor([1, width]))),
  };
  // Operations number by number are one where a step is compiled.
  const x = { shape: [131, 785], dtype: "float32" };
  const step = (_state, { x }) => {
    const y = add(mul(x, 3), x);
    return { state: {}, outputs: { y, sum: sum(y), product: sum(mul(y, x)) } };
  };
  const program = engine.compile({ state: {}, entries: { step: { feeds: { x }, step } } });
  computations.update = () =>
    Object.values(program.run("step", { x: hostArray(drawn(x.shape)) })).map((values) =>
      tensorFrom(values, { shape: [values.length], dtype: "float32" }),
    );
  for (const [name, compute] of Object.entries(computations)) {
    const hash = createHash("sha256");
    tidy(() => {
      for (const tensor of compute()) hash.update(hostArray(tensor));
      return [];
    });
    console.log(name, hash.digest("hex"));
  }`;

test.skipIf((await engineOrNone("tensorflow")) === undefined)("threads change no bit", async () => {
  const hashes = async (threads: number): Promise<string> => {
    const { code, stdout, stderr } = await inNode(HASHES, [join(packageRoot(), "dist", "src"), String(threads)]);
    expect(code, stderr).toBe(0);
    return stdout;
  };
  const alone = await hashes(1);
  expect(alone.trim().split("\n")).toHaveLength(4);
  expect(await hashes(2)).toBe(alone);
});
