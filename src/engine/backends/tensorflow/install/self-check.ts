import { sizeOf } from "../../../host.js";
import { tensorFrom } from "../../../memory.js";
import {
  add,
  lstm,
  matMul,
  maxPool,
  mul,
  rankOneSolve,
  reshape,
  slice,
  sum,
  symmetricEigen,
  zerosLike,
} from "../../../ops.js";
import { loadNative } from "../load.js";

/** One matrix product, our own operations and three compiled steps of v ← v/2 + x, against what they must give. On two
 *  threads, for which the product is our own too.
 *  @throws Error when the engine computes anything else. */
export async function selfCheckHere(folder: string): Promise<void> {
  const engine = await loadNative(folder, 2);
  const square = { shape: [2, 2], dtype: "float32" } as const;
  const matrix = tensorFrom(Float32Array.of(1, 2, 3, 4), square);
  expectEqual("matrix product", [...(await matMul(matrix, matrix).data())], [7, 10, 15, 22]);

  const zeros = (...shape: number[]) =>
    tensorFrom(new Float32Array(sizeOf(shape)), { shape, dtype: "float32" as const });
  const memory = { h1: zeros(1, 2), c1: zeros(1, 2), h2: zeros(1, 2), c2: slice(matrix, [1, 0], [1, 2]) };
  const weights = { weights1: zeros(3, 4), weights2: zeros(3, 4), output: zeros(2, 1) };
  const network = lstm({ ...weights, ...memory, input: zeros(1, 1, 2) });
  expectEqual("LSTM", [...(await network.c2.data())], [1.5, 2]);
  expectEqual("maximum", [...(await maxPool(reshape(matrix, [1, 2, 2, 1]), 2).data())], [4]);
  const column = tensorFrom(Float32Array.of(1, 0), { shape: [2, 1], dtype: "float32" });
  const left = { vector: column, scaled: mul(column, 0.5) };
  const none = zerosLike(reshape(column, [1, 2]));
  const solved = rankOneSolve(matrix, left, { vector: none, scaled: none });
  expectEqual("preconditioner", [...(await solved.data())], [0.5, 1, 3, 4]);

  const diagonal = tensorFrom(Float32Array.of(3, 0, 0, 2), square);
  expectEqual("eigenvalues", [...(await symmetricEigen(diagonal).values.data())], [2, 3]);

  const vector = { shape: [2], dtype: "float32" } as const;
  const program = engine.compile({
    state: { v: vector },
    entries: {
      step: {
        feeds: { x: vector },
        step: (state, { x }) => {
          const v = add(mul(state.v as typeof x & object, 0.5), x!);
          return { state: { v }, outputs: { total: sum(v) } };
        },
      },
    },
  });
  program.load({ v: Float32Array.of(0, 0) });
  const totals = [1, 2, 3].map(() => program.run("step", { x: Float32Array.of(1, 2) }).total![0]!);
  expectEqual("compiled step", [...totals, ...program.read().v!], [3, 4.5, 5.25, 1.75, 3.5]);
  program.dispose();
}

function expectEqual(what: string, given: readonly number[], expected: readonly number[]): void {
  if (given.length === expected.length && given.every((value, i) => value === expected[i])) return;
  throw new Error(`${what}: ${given.join(", ")} instead of ${expected.join(", ")}`);
}
