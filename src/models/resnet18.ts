import type { Leaves } from "../core/tree.js";
import type { LayerSpec, ParameterSpec, Params } from "../engine/parameters.js";
import { add, conv2d, maxPool, mean, relu, type Tensor, type Window } from "../engine/ops.js";
import { batchNorm, batchNormParameters, batchNormStatistics } from "./batch-norm.js";
import { linear, linearLayer, linearParameters } from "./layers.js";
import type { Model, Pass } from "./model.js";

/** Channels of the stages, in multiples of the width. */
const STAGES = [1, 2, 4, 8];
const BLOCKS = 2;
const POOL = { size: 3, window: { stride: 2, padding: 1 } } as const;

export interface ResnetSettings {
  /** Channels of the stem and of the first stage. */
  readonly width: number;
}

/** How images enter: a convolution, and then maximum pooling or none. */
interface Stem {
  readonly size: number;
  readonly stride: number;
  readonly pooled: boolean;
}

interface Convolution {
  readonly name: string;
  /** The batch normalisation after it. */
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

/** ResNet18 as published, for 224x224 images and any others: a 7x7 stem of stride 2 and maximum pooling 3x3 of stride 2
 *  before the stages; 11,176,512 parameters for 3 channels and width 64 without the classifier, which has 513 a class.
 *  @param input [height, width, channels]. */
export const resnet18 = (settings: ResnetSettings, input: readonly number[], classes: number): Model =>
  resnet(settings, { size: 7, stride: 2, pooled: true }, input, classes);

/** ResNet18 for small images: a 3x3 stem of stride 1; 11,168,832 parameters for 3 channels and width 64 without the
 *  classifier. @param input [height, width, channels]. */
export const resnet18s = (settings: ResnetSettings, input: readonly number[], classes: number): Model =>
  resnet(settings, { size: 3, stride: 1, pooled: false }, input, classes);

/** A stem; four stages of two basic blocks (width, 2, 4 and 8 times the width; strides 1, 2, 2, 2; 1x1 convolutions where a
 *  shortcut changes shape); the mean over the image; a classifier. No convolution has a bias; each is followed by a batch
 *  normalisation. Source: He et al. 2016; names as in torchvision's resnet18. */
function resnet({ width }: ResnetSettings, stem: Stem, input: readonly number[], classes: number): Model {
  const entry = { name: "conv1", norm: "bn1", inputs: input[2]!, outputs: width, size: stem.size, stride: stem.stride };
  const blocks = STAGES.flatMap((multiple, stage) =>
    Array.from({ length: BLOCKS }, (_, index) => {
      const enters = index === 0 && stage > 0;
      const inputs = (enters ? STAGES[stage - 1]! : multiple) * width;
      return blockOf(`layer${stage + 1}.${index}`, inputs, multiple * width, enters ? 2 : 1);
    }),
  );
  const inBlocks = blocks.flatMap(({ first, second, shortcut }) => [first, second, ...(shortcut ? [shortcut] : [])]);
  const convolutions = [entry, ...inBlocks];
  const ofAll = <Spec>(of: (convolution: Convolution) => Leaves<Spec>): Record<string, Spec> =>
    Object.fromEntries(convolutions.flatMap((convolution) => Object.entries(of(convolution))));
  return {
    parameters: { ...ofAll(parametersOf), ...linearParameters("fc", STAGES.at(-1)! * width, classes, true) },
    statistics: ofAll(({ norm, outputs }) => batchNormStatistics(norm, outputs)),
    layers: { ...ofAll(layerOf), fc: linearLayer("fc") },
    input,
    classes,
    forward(theta, x, pass = {}) {
      let h = relu(normalised(theta, entry, x, pass));
      if (stem.pooled) h = maxPool(h, POOL.size, POOL.window);
      for (const { first, second, shortcut } of blocks) {
        const inner = normalised(theta, second, relu(normalised(theta, first, h, pass)), pass);
        h = relu(add(inner, shortcut === undefined ? h : normalised(theta, shortcut, h, pass)));
      }
      return linear(theta, "fc", mean(h, [1, 2]), pass.tap);
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

/** Kernel drawn with standard deviation √(2/(out k²)), and the batch normalisation after it. */
function parametersOf({ name, norm, size, inputs, outputs }: Convolution): Record<string, ParameterSpec> {
  return {
    [`${name}.weight`]: {
      shape: [size, size, inputs, outputs],
      initialise: { kind: "normal", std: Math.sqrt(2 / (outputs * size * size)) },
      matrix: { rows: outputs, columns: size * size * inputs, rowsFirst: false },
      head: false,
    },
    ...batchNormParameters(norm, outputs),
  };
}

const windowOf = ({ size, stride }: Convolution): Window => ({ stride, padding: (size - 1) / 2 });
const layerOf = (convolution: Convolution): Record<string, LayerSpec> => ({
  [convolution.name]: {
    kind: "convolution",
    weight: `${convolution.name}.weight`,
    window: windowOf(convolution),
  },
});

function normalised(theta: Params, convolution: Convolution, x: Tensor, pass: Pass): Tensor {
  const { name, norm } = convolution;
  const y = conv2d(x, theta[`${name}.weight`]!, windowOf(convolution));
  pass.tap?.(name, x, y);
  return batchNorm(theta, norm, y, pass);
}
