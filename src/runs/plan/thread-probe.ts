// A process that times steps of a model on so many threads: an engine's count holds for a whole process.
// A line of its input is a number of steps, one of its output their milliseconds; or it asks what a step holds.
import { createInterface } from "node:readline";
import { peakBytes } from "../../core/memory.js";
import { watchParent } from "../../core/parent-watch.js";
import type { EngineName } from "../../engine/engine.js";
import { openNamedEngine } from "../../engine/open.js";
import { createModel } from "../../models/index.js";
import { installPlugins } from "../../plugins/index.js";
import { gradientBytes, modelProbe, type StepProbe } from "../../training/step-probe.js";
import { BYTES, type Probed } from "./step-side.js";

const [threads, stepped, name, parent] = process.argv.slice(2);
// The end of its input is not seen before its steps are done.
watchParent(Number(parent));
const { model, input, classes, batchSize, pluginFiles = [] } = JSON.parse(stepped!) as Probed;
await installPlugins(pluginFiles);
const engine = await openNamedEngine(name as EngineName, { threads: Number(threads) });
const built = createModel(model, input, classes);
const bytes = (): number => peakBytes() + (gradientBytes(engine, built, batchSize) ?? 0);
let probe: StepProbe | undefined;
const run = (steps: number): number[] => (probe ??= modelProbe(engine, built, "sgd_momentum", batchSize)).run(steps);
for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(line === BYTES ? bytes() : run(Number(line)))}\n`);
