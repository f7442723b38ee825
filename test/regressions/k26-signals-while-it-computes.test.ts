// While a matrix product of oneDNN ran, the stack pointer pointed into the heap: a signal whose handler ran there (Ctrl-C,
// Slurm's warning, a terminal that changes its size) wrote over other data, and the program was aborted or had wrong numbers.
import { readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openRunStore } from "../../src/records/store.js";
import { PROGRAM, startProgram, type Running } from "../support/binary.js";
import { engineOrNone } from "../support/engines.js";
import { scratchFolder } from "../support/folder.js";
import { writeSmallConfig } from "../support/small-config.js";
import { until } from "../support/until.js";

const folder = scratchFolder();
const config = writeSmallConfig(
  folder,
  "",
  "model: { kind: mlp, hidden: [16] }\ntraining: { batchSize: 20, steps: 5, aucWindowSteps: 1 }",
  "model: { kind: mlp, hidden: [512, 256] }\ntraining: { batchSize: 128, steps: 150 }",
);
/** What a terminal of another size sends; by default it is ignored. */
const LISTENING = "data:text/javascript,process.on('SIGWINCH',()=>{})";

const start = (results: string, threads: number): Running =>
  startProgram(process.execPath, [
    ...["--import", LISTENING, PROGRAM, "run", "--config", config, "--results", results, "--quiet"],
    ...["--engine", "tensorflow", "--jobs", "1", "--threads", String(threads)],
  ]);

/** What every run came to, with a signal each so many milliseconds. */
async function runs(name: string, every?: number): Promise<unknown> {
  const results = join(folder, name);
  const running = start(results, 1);
  const timer = every === undefined ? undefined : setInterval(() => running.kill("SIGWINCH"), every);
  const ended = await running.ended;
  clearInterval(timer);
  expect(ended).toMatchObject({ code: 0, signal: null });
  const store = openRunStore(results, "t");
  return store.list().map((id) => [id, store.read(id).metrics.testAccuracy, store.curve(id).map(({ loss }) => loss)]);
}

test.skipIf((await engineOrNone("tensorflow")) === undefined)(
  "signals neither end a run nor change its numbers",
  async () => {
    const quiet = await runs("quiet");
    expect(await runs("signals", 1)).toEqual(quiet);
  },
);

/** The signals, as bits, that a process's threads of a name are never given. */
const heldBy = (pid: number, name: string): bigint[] =>
  readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const status = textOf(`/proc/${pid}/task/${thread}/status`);
    return status.startsWith(`Name:\t${name}\n`) ? [BigInt(`0x${/^SigBlk:\s*(\w+)$/m.exec(status)![1]!}`)] : [];
  });

/** Empty where its thread has ended. */
function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

test.skipIf((await engineOrNone("tensorflow")) === undefined)(
  "threads that compute are never given a signal",
  async () => {
    const running = start(join(folder, "threads"), 2);
    let held: bigint[] = [];
    await until(() => (held = heldBy(running.pid, "tf_Compute")).length > 0, running);
    await running.ended;
    const { SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH } = constants.signals;
    for (const mask of held)
      for (const signal of [SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH])
        expect((mask >> BigInt(signal - 1)) & 1n).toBe(1n);
  },
);
