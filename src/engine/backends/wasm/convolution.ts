import type { TensorInfo } from "@tensorflow/tfjs-core";
import { convolutionGeometry, type ConvolutionAttributes, type Geometry } from "../reference/convolution.js";
import { replaceKernel, runKernel, type WasmBackend } from "./backend.js";

/** Gradient of a convolution in its kernel, which the backend lacks: the windows of x as a matrix times dy.
 *  x [n, h, w, in], dy [n, oh, ow, out] -> [kh, kw, in, out]. */
export function registerFilterGradient(): void {
  replaceKernel<ConvolutionAttributes & { filterShape: [number, number, number, number] }>(
    "Conv2DBackpropFilter",
    () => (inputs, attributes, backend) => {
      const x = inputs.x!;
      const dy = inputs.dy!;
      const geometry = convolutionGeometry(x.shape, attributes.filterShape, attributes);
      const positions = geometry.batchSize * geometry.outHeight * geometry.outWidth;
      const entries = geometry.filterHeight * geometry.filterWidth * geometry.inChannels;
      const windows = backend.makeOutput([entries, positions], "float32");
      writeWindows(geometry, backend, x, windows);
      const rows = { dataId: dy.dataId, shape: [positions, geometry.outChannels], dtype: dy.dtype };
      const product = runKernel("BatchMatMul", { a: windows, b: rows }, { transposeA: false, transposeB: false });
      backend.disposeData(windows.dataId);
      return { ...product, shape: [...attributes.filterShape] };
    },
  );
}

/** Row (kh, kw, channel), column (n, oh, ow): the entry of x under that place of the kernel, 0 outside. */
function writeWindows(g: Geometry, backend: WasmBackend, x: TensorInfo, windows: TensorInfo): void {
  const from = backend.typedArrayFromHeap(x);
  const to = backend.typedArrayFromHeap(windows).fill(0);
  const plane = g.outHeight * g.outWidth;
  const columns = g.batchSize * plane;
  for (let kh = 0; kh < g.filterHeight; kh++)
    for (let kw = 0; kw < g.filterWidth; kw++) {
      const [top, bottom] = inside(kh - g.padInfo.top, g.strideHeight, g.inHeight, g.outHeight);
      const [left, right] = inside(kw - g.padInfo.left, g.strideWidth, g.inWidth, g.outWidth);
      for (let channel = 0; channel < g.inChannels; channel++) {
        const row = ((kh * g.filterWidth + kw) * g.inChannels + channel) * columns;
        for (let n = 0; n < g.batchSize; n++)
          for (let oh = top; oh < bottom; oh++) {
            const h = oh * g.strideHeight + kh - g.padInfo.top;
            const start = row + n * plane + oh * g.outWidth;
            let at =
              ((n * g.inHeight + h) * g.inWidth + left * g.strideWidth + kw - g.padInfo.left) * g.inChannels + channel;
            for (let ow = left; ow < right; ow++, at += g.strideWidth * g.inChannels) to[start + ow] = from[at]!;
          }
      }
    }
}

/** The outputs o with 0 <= o * stride + shift < side: from the first to before the last. */
function inside(shift: number, stride: number, side: number, outputs: number): [number, number] {
  const first = Math.max(0, Math.ceil(-shift / stride));
  return [first, Math.min(outputs, Math.ceil((side - shift) / stride))];
}

/** Gradient of a convolution in its input: for stride 1 the forward convolution of dy, with zeros around it, with the
 *  kernel turned by 180 degrees and its channels swapped. */
export function registerInputGradient(): void {
  replaceKernel<ConvolutionAttributes & { inputShape: [number, number, number, number] }>(
    "Conv2DBackpropInput",
    (original) => (inputs, attributes, backend) => {
      const dy = inputs.dy!;
      const filter = inputs.filter!;
      const g = convolutionGeometry(attributes.inputShape, filter.shape, attributes);
      if (g.strideHeight !== 1 || g.strideWidth !== 1) {
        return original({ inputs: { dy, filter }, backend, attrs: { ...attributes } }) as TensorInfo;
      }
      const turned = turnedKernel(g, backend, filter);
      const before = [g.filterHeight - 1 - g.padInfo.top, g.filterWidth - 1 - g.padInfo.left] as const;
      const after = [
        g.inHeight + g.filterHeight - 1 - g.outHeight - before[0],
        g.inWidth + g.filterWidth - 1 - g.outWidth - before[1],
      ] as const;
      const paddings = [
        [0, 0],
        [before[0], after[0]],
        [before[1], after[1]],
        [0, 0],
      ];
      const padded = runKernel("PadV2", { x: dy }, { paddings, constantValue: 0 });
      const dx = runKernel(
        "Conv2D",
        { x: padded, filter: turned },
        { strides: 1, pad: "valid", dilations: 1, dataFormat: "NHWC" },
      );
      for (const { dataId } of [turned, padded]) backend.disposeData(dataId);
      return dx;
    },
  );
}

/** kernel [kh, kw, in, out] -> [kh, kw, out, in], both spatial axes reversed. */
function turnedKernel(g: Geometry, backend: WasmBackend, filter: TensorInfo): TensorInfo {
  const turned = backend.makeOutput([g.filterHeight, g.filterWidth, g.outChannels, g.inChannels], "float32");
  const from = backend.typedArrayFromHeap(filter);
  const to = backend.typedArrayFromHeap(turned);
  const places = g.filterHeight * g.filterWidth;
  for (let place = 0; place < places; place++)
    for (let i = 0; i < g.inChannels; i++)
      for (let o = 0; o < g.outChannels; o++) {
        to[((places - 1 - place) * g.outChannels + o) * g.inChannels + i] =
          from[(place * g.inChannels + i) * g.outChannels + o]!;
      }
  return turned;
}
