import type * as tf from "@tensorflow/tfjs-core";
import { FUSED_KERNELS, runKernel } from "./fused.js";
import { LSTM_GRADIENTS } from "./lstm.js";
import { scalarTensor } from "./memory.js";
import { tfjs } from "./tfjs.js";

type Tensor = tf.Tensor;
type Gradient = Omit<tf.GradConfig, "kernelName">;

/** Gradients by kernel that tfjs lacks or that can't be differentiated again in its form.
 *  tfjs records the copy of an output that it saves before the operation itself, so to a second differentiation that
 *  copy is a constant: silently wrong for exp, tanh and sigmoid. Here whatever depends on x is computed from x. */
const GRADIENTS: Readonly<Record<string, Gradient>> = {
  ...LSTM_GRADIENTS,
  Exp: ofInput((dy, x) => tfjs().mul(dy, tfjs().exp(x))),
  Tanh: ofInput((dy, x) => tfjs().mul(dy, tfjs().sub(1, tfjs().square(tfjs().tanh(x))))),
  Sigmoid: ofInput((dy, x) => {
    const y = tfjs().sigmoid(x);
    return tfjs().mul(dy, tfjs().mul(y, tfjs().sub(1, y)));
  }),
  Less: flat(["a", "b"]),
  LessEqual: flat(["a", "b"]),
  Greater: flat(["a", "b"]),

  Maximum: chosen("greaterEqual", "less"),
  Minimum: chosen("lessEqual", "greater"),

  /** By y: the sign of x is all that counts. */
  Relu: {
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({ x: () => runKernel(FUSED_KERNELS.reluGradient, { dy: dy as Tensor, y: y! })[0]! }),
  },
  [FUSED_KERNELS.reluGradient]: {
    inputsToSave: ["y"],
    gradFunc: (ddx, [y]) => ({
      dy: () => runKernel(FUSED_KERNELS.reluGradient, { dy: ddx as Tensor, y: y! })[0]!,
      y: () => tfjs().zerosLike(y!),
    }),
  },

  [FUSED_KERNELS.softmaxCrossEntropy]: {
    inputsToSave: ["logits", "labels"],
    gradFunc: (dy, [logits, labels]) => ({
      logits: () => {
        const [error] = runKernel(FUSED_KERNELS.softmaxError, { logits: logits!, labels: labels! });
        return tfjs().mul(tfjs().expandDims(dy as Tensor, 1), error!);
      },
    }),
  },
  /** With p = softmax(logits): p d - p <p, d>, row by row. */
  [FUSED_KERNELS.softmaxError]: {
    inputsToSave: ["logits", "labels"],
    gradFunc: (d, [logits, labels]) => ({
      logits: () => {
        const [error] = runKernel(FUSED_KERNELS.softmaxError, { logits: logits!, labels: labels! });
        const classes = tfjs().tensor1d(
          Int32Array.from({ length: logits!.shape[1]! }, (_, c) => c),
          "int32",
        );
        const onehot = tfjs().cast(tfjs().equal(tfjs().expandDims(labels!, 1), classes), "float32");
        const p = tfjs().add(error!, onehot);
        const pd = tfjs().mul(p, d as Tensor);
        return tfjs().sub(pd, tfjs().mul(p, tfjs().sum(pd, 1, true)));
      },
    }),
  },

  Conv2DBackpropFilter: {
    inputsToSave: ["x", "dy"],
    gradFunc: (d, [x, dy], attributes) => {
      const { strides, pad, dataFormat, dimRoundingMode } = attributes;
      const shared = { strides, pad, dataFormat, dimRoundingMode } as tf.NamedAttrMap;
      const filter = d as Tensor;
      return {
        x: () => runKernel("Conv2DBackpropInput", { dy: dy!, filter }, { ...shared, inputShape: x!.shape })[0]!,
        dy: () => runKernel("Conv2D", { x: x!, filter }, { ...shared, dilations: 1 })[0]!,
      };
    },
  },
  MaxPool: {
    inputsToSave: ["x"],
    outputsToSave: [true],
    gradFunc: (dy, [x, y], attributes) => ({
      x: () => runKernel("MaxPoolGrad", { dy: dy as Tensor, input: x!, output: y! }, attributes as tf.NamedAttrMap)[0]!,
    }),
  },
  MaxPoolGrad: {
    inputsToSave: ["input", "output"],
    gradFunc: (d, [input, output], attributes) => ({
      dy: () =>
        runKernel(
          FUSED_KERNELS.maxPoolGather,
          { dx: d as Tensor, input: input!, output: output! },
          attributes as tf.NamedAttrMap,
        )[0]!,
      input: () => tfjs().zerosLike(input!),
      output: () => tfjs().zerosLike(output!),
    }),
  },
  [FUSED_KERNELS.maxPoolGather]: {
    inputsToSave: ["input", "output"],
    gradFunc: (d, [input, output], attributes) => ({
      dx: () =>
        runKernel(
          "MaxPoolGrad",
          { dy: d as Tensor, input: input!, output: output! },
          attributes as tf.NamedAttrMap,
        )[0]!,
      input: () => tfjs().zerosLike(input!),
      output: () => tfjs().zerosLike(output!),
    }),
  },

  /** Of y alone: the statistics are not differentiated through. */
  [FUSED_KERNELS.batchNormTraining]: {
    inputsToSave: ["x", "scale"],
    outputsToSave: [false, true, true],
    gradFunc: (dys, [x, scale, mean, variance], attributes) => {
      const inputs = { dy: (dys as Tensor[])[0]!, x: x!, scale: scale!, mean: mean!, variance: variance! };
      const [dx, dScale, dOffset] = runKernel(FUSED_KERNELS.batchNormGradient, inputs, attributes as tf.NamedAttrMap);
      return { x: () => dx!, scale: () => dScale!, offset: () => dOffset! };
    },
  },
  [FUSED_KERNELS.batchNormGradient]: {
    inputsToSave: ["dy", "x", "scale", "mean", "variance"],
    gradFunc: (cotangents, saved, attributes) => {
      const [dy, x, scale, mean, variance] = saved as [Tensor, Tensor, Tensor, Tensor, Tensor];
      const { epsilon } = attributes as { epsilon: number };
      const gradients = batchNormSecond(cotangents as Tensor[], { dy, x, scale, mean, variance }, epsilon);
      return { ...gradients, mean: () => tfjs().zerosLike(mean), variance: () => tfjs().zerosLike(variance) };
    },
  },
};

/** Registers them; tfjs keeps gradients by kernel for all backends. */
export function registerGradients(): void {
  for (const [kernelName, gradient] of Object.entries(GRADIENTS)) {
    tfjs().registerGradient({ kernelName, ...gradient });
  }
}

/** The gradient of an elementwise function, from its input. */
function ofInput(dx: (dy: Tensor, x: Tensor) => Tensor): Gradient {
  return { inputsToSave: ["x"], gradFunc: (dy, [x]) => ({ x: () => dx(dy as Tensor, x!) }) };
}

/** The gradient of the larger or smaller of a and b: a's where `ofA` holds, b's where `ofB` does. Neither does where one
 *  is NaN: there 0/0 says so. */
function chosen(ofA: "greaterEqual" | "lessEqual", ofB: "greater" | "less"): Gradient {
  return {
    inputsToSave: ["a", "b"],
    gradFunc(dy, [a, b]) {
      const [first, second] = [ofA, ofB].map((holds) => tfjs().cast(tfjs()[holds](a!, b!), "float32")) as [
        Tensor,
        Tensor,
      ];
      const part = (mine: Tensor): Tensor => tfjs().div(tfjs().mul(dy as Tensor, mine), tfjs().add(first, second));
      return { a: () => part(first), b: () => part(second) };
    },
  };
}

/** The gradient of what is constant wherever it is differentiable. */
function flat(inputs: readonly string[]): Gradient {
  return {
    inputsToSave: [...inputs],
    gradFunc: (_dy, saved) =>
      Object.fromEntries(inputs.map((name, i) => [name, () => tfjs().zerosLike(saved[i]!)])) as Record<
        string,
        () => Tensor
      >,
  };
}

/** Batch normalisation's gradient, differentiated in dy, x (and through it the statistics) and scale.
 *  With m(.) the mean over a channel, r = 1/sqrt(variance + epsilon), h = r (x - mean), K(z) = r (z - m(z) - h m(zh)), the
 *  gradient is dx = scale K(dy), dScale = sum dy h, dOffset = sum dy. For cotangents a, b, c of these three:
 *  in dy: scale K(a) + b h + c; in scale: sum a K(dy); in x: b K(dy) + scale r^2 (h (m(a) m(dy) - m(a dy)
 *  + 3 m(ah) m(dy h)) + m(ah) (m(dy) - dy) + m(dy h) (m(a) - a)).
 *  Source: batchnorm_double_backward of PyTorch. */
function batchNormSecond(
  [a, b, c]: Tensor[],
  { dy, x, scale, mean, variance }: Record<"dy" | "x" | "scale" | "mean" | "variance", Tensor>,
  epsilon: number,
): Record<string, () => Tensor> {
  const { add, div, mul, sqrt, square, sub, sum } = tfjs();
  const axes = [...x.shape.keys()].slice(0, -1);
  const m = (z: Tensor): Tensor => tfjs().mean(z, axes);
  const r = div(1, sqrt(add(variance, scalarTensor(epsilon))));
  const h = mul(r, sub(x, mean));
  const [alongA, alongDy] = [m(mul(a!, h)), m(mul(dy, h))];
  const projected = (z: Tensor, along: Tensor): Tensor => mul(r, sub(sub(z, m(z)), mul(h, along)));
  return {
    dy: () => add(add(mul(scale, projected(a!, alongA)), mul(b!, h)), c!),
    scale: () => sum(mul(a!, projected(dy, alongDy)), axes),
    x: () => {
      const [meanA, meanDy] = [m(a!), m(dy)];
      const curved = add(sub(mul(meanA, meanDy), m(mul(a!, dy))), mul(3, mul(alongA, alongDy)));
      const crossed = add(mul(alongA, sub(meanDy, dy)), mul(alongDy, sub(meanA, a!)));
      const inner = mul(mul(scale, square(r)), add(mul(h, curved), crossed));
      return add(mul(b!, projected(dy, alongDy)), inner);
    },
  };
}
