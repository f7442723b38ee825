import { availableParallelism } from "node:os";
import { median } from "../../core/averages.js";
import type { Gpu } from "../../engine/gpus.js";
import { sizeOf } from "../../engine/host.js";
import { everyParameter, type Model } from "../../models/model.js";
import { remembered } from "./remembered.js";
import { openSide, warmed, type Probed, type Side } from "./step-side.js";

/** Runs on a GPU at the same time that are tried, beginning with one. */
const TRIED = [2, 4, 8] as const;
/** More runs must do this many times the steps of fewer. */
const WORTH = 1.1;
/** Milliseconds of steps of a turn, and its turns. */
const [TURN, TURNS] = [300, 3];

/** How many runs do the most steps together on a GPU: twice as many as long as these do more. Remembered for this machine,
 *  card, model and batch. @throws Error where the steps cannot be timed. */
export async function fastestRunsPerGpu(
  stepped: Probed,
  gpu: Pick<Gpu, "index" | "name">,
  open: (threads: number, stepped: Probed, on: { gpu: string }) => Side = openSide,
): Promise<number> {
  const threads = Math.max(1, Math.floor(availableParallelism() / TRIED.at(-1)!));
  const sides: Side[] = [];
  const speed = async (runs: number): Promise<number> => {
    while (sides.length < runs) sides.push(open(threads, stepped, { gpu: gpu.index }));
    const length = Math.max(...(await Promise.all(sides.map(warmed))));
    const count = Math.max(1, Math.floor(TURN / length));
    const times: number[] = [];
    for (let turn = 0; turn < TURNS; turn++)
      times.push(...(await Promise.all(sides.map(({ run }) => run(count)))).flat());
    return runs / median(times);
  };
  try {
    let best = { runs: 1, speed: await speed(1) };
    for (const runs of TRIED) {
      // A run that does not fit into the memory ends the search.
      const more = await speed(runs).catch(() => 0);
      if (more < WORTH * best.speed) break;
      best = { runs, speed: more };
    }
    memoryOf(stepped, gpu).keep(best.runs);
    return best.runs;
  } finally {
    await Promise.all(sides.map(({ close }) => close()));
  }
}

const memoryOf = (
  { model, input, classes, batchSize, pluginFiles = [] }: Probed,
  { name }: Pick<Gpu, "name">,
): ReturnType<typeof remembered> =>
  remembered("runs-per-gpu", TRIED.at(-1)!, { model, input, classes, batchSize, pluginFiles, gpu: name });

/** Runs on a GPU at the same time: as many as were measured on this machine, else by the size of a step. */
export const runsPerGpu = (stepped: Probed, model: Model, gpu: Pick<Gpu, "name" | "memoryBytes">): number =>
  memoryOf(stepped, gpu).known ?? runsBySize(model, stepped.batchSize, gpu.memoryBytes ?? 0);

/** Multiplications and additions of a step up to which so many runs share a GPU. No GPU was measured: they are a hundredth
 *  of what a card of 10 TFLOP/s does in the 10 ms that a step's few hundred kernels and its way from and to the host may
 *  take, and a quarter of that. */
const SMALL = [
  { runs: 4, operations: 0.25e9 },
  { runs: 2, operations: 1e9 },
] as const;
/** Bytes that a process takes of a GPU whatever it computes, by NVIDIA's and TensorFlow's libraries; and the share of a
 *  card's memory that runs may take together. */
const [CONTEXT_BYTES, MEMORY_SHARE] = [2 ** 30, 0.5];
/** A gradient takes two passes more, and each multiplies and adds. */
const OPERATIONS = 6;
/** Arrays like the parameters, and like what layers put out, that a step holds. */
const COPIES = { parameters: 8, outputs: 4 };

/** Runs that share a GPU while none of them can be what keeps it busy: 1, 2 or 4, from above by the multiplications of a
 *  step and the memory that it takes. A convolution counts as if it moved over the whole image. */
function runsBySize(model: Model, batchSize: number, memoryBytes: number): number {
  const [height, width] = model.input.length === 3 ? (model.input as [number, number, number]) : [1, 1];
  const numbers = { parameters: 0, products: 0, outputs: sizeOf(model.input) };
  for (const { shape } of Object.values(everyParameter(model))) {
    const places = shape.length === 4 ? height * width : 1;
    numbers.parameters += sizeOf(shape);
    numbers.products += sizeOf(shape) * places;
    numbers.outputs += (shape.length === 4 ? shape[3]! : shape[0]!) * places;
  }
  const operations = OPERATIONS * batchSize * numbers.products;
  const bytes =
    CONTEXT_BYTES +
    Float32Array.BYTES_PER_ELEMENT *
      (COPIES.parameters * numbers.parameters + COPIES.outputs * batchSize * numbers.outputs);
  const fit = Math.floor((MEMORY_SHARE * memoryBytes) / bytes);
  return SMALL.find((small) => operations <= small.operations && small.runs <= fit)?.runs ?? 1;
}
