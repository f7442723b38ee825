import type { LayerSpec, ParameterSpec, Params } from "../engine/parameters.js";
import { add, batchNormTraining, conv2d, mean, relu, type Tensor } from "../engine/ops.js";
import { linear, linearLayer, linearParameters } from "./layers.js";
import type { Model, Tap } from "./model.js";

const EPSILON = 1e-5;
const WIDTHS = [64, 128, 256, 512];
const BLOCKS = 2;

interface Convolution {
  readonly name: string;
  readonly norm: string;
  readonly size: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly stride: number;
}
interface Block {
  readonly first: Convolution;
  readonly second: Convolution;
  readonly shortcut?: Convolution;
}

/** ResNet18 for small images, in training: 3x3 stem of 64, four stages of two basic blocks (64, 128, 256, 512; strides
 *  1, 2, 2, 2; 1x1 convolutions where a shortcut changes shape), mean over the image, classifier; 11,173,962 parameters
 *  for 3 channels and 10 classes. Every batch normalisation takes the statistics of its batch; the model keeps no
 *  running ones, so it measures a training step, and no config can ask for it.
 *  Source: He et al. 2016; names as in torchvision's resnet18. @param input [height, width, channels]. */
export function resnet18(input: readonly number[], classes: number): Model {
  const stem = { name: "conv1", norm: "bn1", size: 3, inputs: input[2]!, outputs: 64, stride: 1 };
  const blocks = WIDTHS.flatMap((width, stage) =>
    Array.from({ length: BLOCKS }, (_, index) => {
      const entering = index === 0 && stage > 0;
      return blockOf(`layer${stage + 1}.${index}`, entering ? WIDTHS[stage - 1]! : width, width, entering ? 2 : 1);
    }),
  );
  const convolutions = [
    stem,
    ...blocks.flatMap(({ first, second, shortcut }) => [first, second, ...(shortcut ? [shortcut] : [])]),
  ];
  return {
    parameters: {
      ...Object.assign({}, ...convolutions.map(parametersOf)),
      ...linearParameters("fc", WIDTHS.at(-1)!, classes, true),
    },
    layers: { ...Object.fromEntries(convolutions.map(layerOf)), fc: linearLayer("fc") },
    input,
    classes,
    forward(theta, x, tap) {
      let h = relu(normalised(theta, stem, x, tap));
      for (const { first, second, shortcut } of blocks) {
        const inner = normalised(theta, second, relu(normalised(theta, first, h, tap)), tap);
        h = relu(add(inner, shortcut === undefined ? h : normalised(theta, shortcut, h, tap)));
      }
      return linear(theta, "fc", mean(h, [1, 2]), tap);
    },
  };
}

function blockOf(name: string, inputs: number, outputs: number, stride: number): Block {
  const at = (index: 1 | 2) => ({ name: `${name}.conv${index}`, norm: `${name}.bn${index}`, size: 3, outputs });
  const shortcut = { name: `${name}.downsample.0`, norm: `${name}.downsample.1`, size: 1, inputs, outputs, stride };
  return {
    first: { ...at(1), inputs, stride },
    second: { ...at(2), inputs: outputs, stride: 1 },
    ...(inputs !== outputs && { shortcut }),
  };
}

/** Kernel drawn with standard deviation √(2/(out k²)), scale 1 and offset 0. */
function parametersOf({ name, norm, size, inputs, outputs }: Convolution): Record<string, ParameterSpec> {
  const vector = (value: number): ParameterSpec => ({
    shape: [outputs],
    initialise: { kind: "constant", value },
    head: false,
  });
  return {
    [`${name}.weight`]: {
      shape: [size, size, inputs, outputs],
      initialise: { kind: "normal", std: Math.sqrt(2 / (outputs * size * size)) },
      matrix: { rows: outputs, columns: size * size * inputs, rowsFirst: false },
      head: false,
    },
    [`${norm}.weight`]: vector(1),
    [`${norm}.bias`]: vector(0),
  };
}

const windowOf = ({ size, stride }: Convolution) => ({ stride, padding: (size - 1) / 2 });
const layerOf = (convolution: Convolution): [string, LayerSpec] => [
  convolution.name,
  { kind: "convolution", weight: `${convolution.name}.weight`, window: windowOf(convolution) },
];

function normalised(theta: Params, convolution: Convolution, x: Tensor, tap?: Tap): Tensor {
  const { name, norm } = convolution;
  const y = conv2d(x, theta[`${name}.weight`]!, windowOf(convolution));
  tap?.(name, x, y);
  return batchNormTraining(y, theta[`${norm}.weight`]!, theta[`${norm}.bias`]!, EPSILON).y;
}
