import type { backend_util } from "@tensorflow/tfjs-core";
import { sizeOf } from "../../host.js";
import { tfjs } from "../../tfjs.js";
import { isBeyond, type Plain, type PlainCall, type PlainKernels } from "./plain.js";

type Padding = "same" | "valid" | number;
export interface ConvolutionAttributes {
  readonly strides: [number, number] | number;
  readonly pad: Padding;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}
type Shape4 = [number, number, number, number];
export type Geometry = backend_util.Conv2DInfo;

/** Sizes of a convolution of x [n, h, w, in] with a kernel [kh, kw, in, out]. */
export const convolutionGeometry = (
  x: readonly number[],
  kernel: readonly number[],
  attributes: ConvolutionAttributes,
): Geometry =>
  tfjs().backend_util.computeConv2DInfo(
    x as Shape4,
    kernel as Shape4,
    attributes.strides,
    1,
    attributes.pad,
    attributes.dimRoundingMode,
  );

/** Visits every pair of an entry of x and an entry of the output that the kernel's (row, column) joins:
 *  visit(index of x's first channel, index of the output's first channel, index of the kernel's first entry). */
function visitPairs(g: Geometry, visit: (x: number, y: number, kernel: number) => void): void {
  for (let n = 0; n < g.batchSize; n++)
    for (let oh = 0; oh < g.outHeight; oh++)
      for (let kh = 0; kh < g.filterHeight; kh++) {
        const h = oh * g.strideHeight + kh - g.padInfo.top;
        if (h < 0 || h >= g.inHeight) continue;
        for (let ow = 0; ow < g.outWidth; ow++)
          for (let kw = 0; kw < g.filterWidth; kw++) {
            const w = ow * g.strideWidth + kw - g.padInfo.left;
            if (w < 0 || w >= g.inWidth) continue;
            const x = ((n * g.inHeight + h) * g.inWidth + w) * g.inChannels;
            const y = ((n * g.outHeight + oh) * g.outWidth + ow) * g.outChannels;
            visit(x, y, (kh * g.filterWidth + kw) * g.inChannels * g.outChannels);
          }
      }
}

function conv2d({ inputs, attributes, allocate }: PlainCall<ConvolutionAttributes>): Plain {
  const { x, filter } = inputs as { x: Plain; filter: Plain };
  const g = convolutionGeometry(x.shape, filter.shape, attributes);
  const out = allocate(sizeOf(g.outShape));
  visitPairs(g, (xAt, yAt, kernelAt) => {
    for (let i = 0; i < g.inChannels; i++)
      for (let o = 0; o < g.outChannels; o++)
        out[yAt + o]! += x.values[xAt + i]! * filter.values[kernelAt + i * g.outChannels + o]!;
  });
  return { shape: g.outShape, dtype: "float32", values: out };
}

function inputGradient({
  inputs,
  attributes,
  allocate,
}: PlainCall<ConvolutionAttributes & { inputShape: number[] }>): Plain {
  const { dy, filter } = inputs as { dy: Plain; filter: Plain };
  const g = convolutionGeometry(attributes.inputShape, filter.shape, attributes);
  const out = allocate(sizeOf(g.inShape));
  visitPairs(g, (xAt, yAt, kernelAt) => {
    for (let i = 0; i < g.inChannels; i++)
      for (let o = 0; o < g.outChannels; o++)
        out[xAt + i]! += dy.values[yAt + o]! * filter.values[kernelAt + i * g.outChannels + o]!;
  });
  return { shape: g.inShape, dtype: "float32", values: out };
}

function filterGradient({
  inputs,
  attributes,
  allocate,
}: PlainCall<ConvolutionAttributes & { filterShape: number[] }>): Plain {
  const { x, dy } = inputs as { x: Plain; dy: Plain };
  const g = convolutionGeometry(x.shape, attributes.filterShape, attributes);
  const out = allocate(sizeOf(g.filterShape));
  visitPairs(g, (xAt, yAt, kernelAt) => {
    for (let i = 0; i < g.inChannels; i++)
      for (let o = 0; o < g.outChannels; o++)
        out[kernelAt + i * g.outChannels + o]! += x.values[xAt + i]! * dy.values[yAt + o]!;
  });
  return { shape: g.filterShape, dtype: "float32", values: out };
}

interface PoolAttributes extends ConvolutionAttributes {
  readonly filterSize: [number, number] | number;
}

/** Place of the maximum of every window, the first of equals, of the first NaN where there is one; x [n, h, w, c]. */
function maximumPlaces(x: Plain, attributes: PoolAttributes): { places: Int32Array; shape: number[] } {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const g = tfjs().backend_util.computePool2DInfo(x.shape as Shape4, filterSize, strides, 1, pad, dimRoundingMode);
  const places = new Int32Array(sizeOf(g.outShape)).fill(-1);
  visitPairs({ ...g, outChannels: g.inChannels }, (xAt, yAt) => {
    for (let c = 0; c < g.inChannels; c++) {
      const best = places[yAt + c]!;
      if (best < 0 || isBeyond(x.values[xAt + c]!, x.values[best]!)) places[yAt + c] = xAt + c;
    }
  });
  return { places, shape: g.outShape };
}

export function maxPool({ inputs, attributes, allocate }: PlainCall<PoolAttributes>): Plain {
  const { x } = inputs as { x: Plain };
  const { places, shape } = maximumPlaces(x, attributes);
  const out = allocate(places.length);
  for (let i = 0; i < out.length; i++) out[i] = x.values[places[i]!]!;
  return { shape, dtype: "float32", values: out };
}

/** dy at the place of each window's maximum, NaN where that is NaN, 0 elsewhere. */
export function maxPoolGradient({ inputs, attributes, allocate }: PlainCall<PoolAttributes>): Plain {
  const { dy, input } = inputs as { dy: Plain; input: Plain };
  const { places } = maximumPlaces(input, attributes);
  const out = allocate(input.values.length);
  for (let i = 0; i < places.length; i++)
    out[places[i]!]! += Number.isNaN(input.values[places[i]!]!) ? NaN : dy.values[i]!;
  return { ...input, values: out };
}

/** dx at the place of each window's maximum. */
export function maxPoolGather({ inputs, attributes, allocate }: PlainCall<PoolAttributes>): Plain {
  const { dx, input } = inputs as { dx: Plain; input: Plain };
  const { places, shape } = maximumPlaces(input, attributes);
  const out = allocate(places.length);
  for (let i = 0; i < out.length; i++) out[i] = dx.values[places[i]!]!;
  return { shape, dtype: "float32", values: out };
}

export const convolution: PlainKernels = {
  Conv2D: conv2d,
  Conv2DBackpropInput: inputGradient,
  Conv2DBackpropFilter: filterGradient,
  MaxPool: maxPool,
  MaxPoolGrad: maxPoolGradient,
};
