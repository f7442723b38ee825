// Operations number by number that a compiled step computes in one pass: which are joined, and that every bit stays.
import { expect, test } from "vitest";
import { namedStream } from "../../src/core/rng.js";
import { fuseElementwise } from "../../src/engine/backends/tensorflow/fuse.js";
import type { Source, Trace, TracedNode } from "../../src/engine/backends/tensorflow/trace.js";
import { hostArray, tensorFrom, tidy } from "../../src/engine/memory.js";
import * as ops from "../../src/engine/ops.js";
import type { Tensor } from "../../src/engine/ops.js";
import { eachEngine } from "../support/engines.js";

const INTEGER = 3;
const at = (index: number): Source => ({ kind: "node", index, output: 0 });
const input = (name: string): Source => ({ kind: "input", name });

/** A node whose output and operands have one shape, but for those that are said to be scalars. */
function node(op: string, sources: readonly Source[], shape = [2, 3], scalars: readonly Source[] = []): TracedNode {
  const whole = { shape, dtype: "float32" } as const;
  const inputs = sources.map((source) => ({ source, ...whole, shape: scalars.includes(source) ? [] : shape }));
  return { op, attributes: [], inputs, outputs: [whole] };
}

const traceOf = (nodes: readonly TracedNode[], results: Trace["results"]): Trace => ({ nodes, constants: [], results });
const operations = ({ nodes }: Trace): string[] => nodes.map(({ op }) => op);
const attribute = (node: TracedNode, name: string): unknown =>
  node.attributes.find((attribute) => attribute.name === name)!.value;

test("a chain becomes one pass, a product and a sum one instruction, and what others want its outputs", () => {
  const [w, m, g, rate] = ["w", "m", "g", "rate"].map(input) as [Source, Source, Source, Source];
  const nodes = [
    node("Mul", [m, rate], [2, 3], [rate]),
    node("Add", [at(0), g]),
    node("Sqrt", [at(1)]),
    node("Sub", [w, at(2)]),
  ];
  const fused = fuseElementwise(traceOf(nodes, { m: at(1), w: at(3) }), INTEGER);
  expect(operations(fused)).toEqual(["MetamdElementwise"]);
  const [pass] = fused.nodes;
  expect(pass!.inputs.map(({ source }) => source)).toEqual([m, g, w, rate]);
  // m rate + g; its root; w minus that.
  expect(attribute(pass!, "instructions")).toEqual([9, 0, 3, 1, 4, 4, 0, 0, 1, 2, 5, 0]);
  expect(attribute(pass!, "results")).toEqual([0, 2]);
  expect(fused.results).toEqual({ m: at(0), w: { kind: "node", index: 0, output: 1 } });
});

test("what waits for something else is not in the pass of what that waits for", () => {
  const x = input("x");
  const nodes = [
    node("Square", [x]),
    node("BatchMatMulV2", [at(0), x]),
    node("Add", [at(1), at(0)]),
    node("Neg", [at(2)]),
  ];
  const fused = fuseElementwise(traceOf(nodes, { y: at(3) }), INTEGER);
  expect(operations(fused)).toEqual(["Square", "BatchMatMulV2", "MetamdElementwise"]);
  expect(fused.nodes[2]!.inputs.map(({ source }) => source)).toEqual([at(1), at(0)]);
});

test("arrays of other shapes and types, and operations that are not exact, are left alone", () => {
  const x = input("x");
  const row = { ...node("Add", [x, x]), outputs: [{ shape: [4, 3], dtype: "float32" as const }] };
  const integers = { ...node("Add", [at(0), at(0)]), outputs: [{ shape: [2, 3], dtype: "int32" as const }] };
  const nodes = [row, integers, node("Exp", [x]), node("Abs", [at(2)])];
  const trace = traceOf(nodes, { a: at(1), b: at(3) });
  expect(fuseElementwise(trace, INTEGER)).toEqual(trace);
});

test("what no result comes from is dropped", () => {
  const x = input("x");
  const nodes = [node("Exp", [x]), node("Mul", [at(0), x]), node("Add", [at(1), x]), node("Sqrt", [at(1)])];
  const fused = fuseElementwise(traceOf([...nodes, node("Neg", [at(2)])], { y: at(2) }), INTEGER);
  expect(operations(fused)).toEqual(["Exp", "MetamdElementwise"]);
  expect(attribute(fused.nodes[1]!, "outputs")).toBe(1);
});

test("a product that is wanted, or taken twice, is computed by itself", () => {
  const [x, y] = [input("x"), input("y")];
  const nodes = [node("Mul", [x, y]), node("Add", [at(0), x]), node("Mul", [x, x]), node("Add", [at(2), at(2)])];
  const trace = traceOf([...nodes, node("Sub", [at(1), at(3)])], { product: at(0), z: at(4) });
  const instructions = attribute(fuseElementwise(trace, INTEGER).nodes[0]!, "instructions") as number[];
  expect(instructions.filter((_number, i) => i % 4 === 0)).toEqual([2, 0, 2, 0, 1]);
});

/** The sum over all of an array, or over one of its axes. */
function sumOf(source: Source, axes: number, shape = [2, 3]): TracedNode {
  const array = { source, shape, dtype: "float32" } as const;
  const along = { source: { kind: "constant", index: 0 }, shape: [axes], dtype: "int32" } as const;
  return {
    op: "Sum",
    attributes: [],
    inputs: [array, along],
    outputs: [{ shape: shape.slice(axes), dtype: "float32" }],
  };
}

test("a sum over all is taken in the pass that gives what is summed, and what takes it comes after that", () => {
  const [x, y, length] = [input("x"), input("y"), at(3)];
  const nodes = [
    node("RealDiv", [x, y]),
    node("Mul", [at(0), x]),
    sumOf(at(1), 2),
    node("Sqrt", [at(2)], []),
    node("Mul", [at(0), length], [2, 3], [length]),
    node("Add", [at(4), y]),
  ];
  const fused = fuseElementwise(traceOf(nodes, { z: at(5) }), INTEGER);
  expect(operations(fused)).toEqual(["Sqrt", "MetamdElementwise", "MetamdElementwise"]);
  const [root, before, after] = fused.nodes;
  // x / y; the product of that and x; its sum.
  expect(before!.inputs.map(({ source }) => source)).toEqual([x, y]);
  expect(attribute(before!, "instructions")).toEqual([3, 0, 1, 0, 2, 2, 0, 0, 10, 3, 0, 0]);
  expect(attribute(before!, "results")).toEqual([0, 2]);
  expect(before!.outputs.map(({ shape }) => shape)).toEqual([[2, 3], []]);
  expect(root!.inputs.map(({ source }) => source)).toEqual([{ kind: "node", index: 1, output: 1 }]);
  expect(after!.inputs.map(({ source }) => source)).toEqual([at(1), y, at(0)]);
});

test("a sum over one axis, and one of what no such operation gives, are left alone", () => {
  const x = input("x");
  const nodes = [node("Square", [x]), sumOf(at(0), 1), sumOf(x, 2), node("BatchMatMulV2", [x, x]), sumOf(at(3), 2)];
  const trace = traceOf(nodes, { a: at(1), b: at(2), c: at(4) });
  expect(fuseElementwise(trace, INTEGER)).toEqual(trace);
});

/** What a step may compute of two arrays and a number. */
type Formula = (x: Tensor, y: Tensor, s: Tensor) => Readonly<Record<string, Tensor>>;
const FORMULAS: Readonly<Record<string, Formula>> = {
  "a momentum's update": (x, y, s) => {
    const m = ops.add(ops.mul(x, s), y);
    return { m, w: ops.sub(y, ops.mul(m, 0.1)) };
  },
  "Adam's update": (x, y, s) => {
    const m = ops.add(ops.mul(x, 0.9), ops.mul(y, 0.1));
    const v = ops.add(ops.mul(ops.square(x), 0.99), ops.mul(ops.square(y), 0.01));
    return { m, v, w: ops.sub(x, ops.div(ops.mul(m, s), ops.add(ops.sqrt(v), 1e-8))) };
  },
  "every operation": (x, y, s) => {
    const signs = ops.mul(ops.sign(x), ops.sign(ops.neg(y)));
    const quotient = ops.div(ops.abs(x), ops.sub(y, s));
    return { z: ops.add(ops.add(signs, quotient), ops.sqrt(ops.sub(x, y))), signs, quotient };
  },
  "numbers next to zero": (x, y) => {
    const tiny = ops.mul(ops.mul(x, 1e-30), 1e-12);
    return { tiny, again: ops.add(ops.mul(tiny, y), tiny) };
  },
};
const ODD = [0, -0, NaN, Infinity, -Infinity, 1, -1, 1e-38, 3.4e38];
const SHAPES = [[], [1], [7], [3, 5, 2], [513], [300, 257]];

/** Numbers of every kind. */
function drawn(count: number, name: string): Float32Array {
  const uniform = namedStream(0, name);
  return Float32Array.from({ length: count }, () => {
    const which = Math.floor(30 * uniform());
    return ODD[which] ?? (2 * uniform() - 1) * 10 ** Math.floor(6 * uniform() - 3);
  });
}

/** Bits, of which all NaN have the same. */
const bits = (values: ArrayLike<number>): Int32Array =>
  new Int32Array(Float32Array.from(values, (x) => (Number.isNaN(x) ? NaN : x)).buffer);

await eachEngine(
  ({ use }) => {
    test.each(Object.keys(FORMULAS).flatMap((name) => SHAPES.map((shape) => [name, shape] as const)))(
      "%s of shape %j has the same bits compiled as operation by operation",
      async (name, shape) => {
        const formula = FORMULAS[name]!;
        const engine = await use();
        const size = shape.reduce((product, side) => product * side, 1);
        const [x, y] = [drawn(size, "x"), drawn(size, "y")];
        const whole = { shape, dtype: "float32" } as const;
        const number = { shape: [], dtype: "float32" } as const;
        const program = engine.compile({
          state: {},
          entries: {
            step: {
              feeds: { x: whole, y: whole, s: number },
              step: (_state, feeds) => ({ state: {}, outputs: formula(feeds.x!, feeds.y!, feeds.s!) }),
            },
          },
        });
        const compiled = program.run("step", { x, y, s: 0.3 }) as Readonly<Record<string, ArrayLike<number>>>;
        program.dispose();
        tidy(() => {
          const s = tensorFrom(Float32Array.of(0.3), number);
          for (const [part, tensor] of Object.entries(formula(tensorFrom(x, whole), tensorFrom(y, whole), s)))
            expect(bits(compiled[part]!)).toEqual(bits(hostArray(tensor)));
          return [];
        });
      },
    );

    test.each(SHAPES.map((shape) => [shape]))(
      "sums over arrays of shape %j are those in double precision",
      async (shape) => {
        const engine = await use();
        const size = shape.reduce((product, side) => product * side, 1);
        const uniform = namedStream(0, "sums");
        const [x, y] = [0, 1].map(() => Float32Array.from({ length: size }, uniform)) as [Float32Array, Float32Array];
        const whole = { shape, dtype: "float32" } as const;
        const sums = (x: Tensor, y: Tensor): Readonly<Record<string, Tensor>> => {
          const difference = ops.sub(x, y);
          return { difference, sum: ops.sum(difference), square: ops.sum(ops.square(difference)) };
        };
        const program = engine.compile({
          state: {},
          entries: {
            step: {
              feeds: { x: whole, y: whole },
              step: (_state, feeds) => ({ state: {}, outputs: sums(feeds.x!, feeds.y!) }),
            },
          },
        });
        const sumsOf = (x: Float32Array): number[] => {
          const outputs = program.run("step", { x, y });
          const { difference } = outputs;
          expect(Array.from(difference!)).toEqual(Array.from(x, (one, i) => Math.fround(one - y[i]!)));
          return [outputs.sum![0]!, outputs.square![0]!];
        };
        const [sum, square] = sumsOf(x);
        const exact = Array.from(x, (one, i) => Math.fround(one - y[i]!));
        const absolute = exact.reduce((total, one) => total + Math.abs(one), 0);
        expect(Math.abs(sum! - exact.reduce((total, one) => total + one, 0))).toBeLessThan(2e-6 * absolute + 1e-30);
        const squares = exact.reduce((total, one) => total + one * one, 0);
        expect(Math.abs(square! - squares)).toBeLessThanOrEqual(2e-6 * squares);
        // What is broken shows, wherever it is.
        x[size - 1] = NaN;
        expect(sumsOf(x)).toEqual([NaN, NaN]);
        x[size - 1] = Infinity;
        expect(sumsOf(x)).toEqual([Infinity, Infinity]);
        program.dispose();
      },
    );
  },
  ["tensorflow"],
);
