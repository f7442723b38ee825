// A thread that prepares batches. It never leaves its loop: jobs come by a port that it looks into, not by events.
import { receiveMessageOnPort, workerData } from "node:worker_threads";
import { BEATS, BELL, ENDED, type FromThread, type ThreadStart, type ToThread } from "./messages.js";
import { batchMaker, lastOf, type BatchMaker } from "./recipe.js";
import { FAILED, RELEASED, ringIn, sizeAt, stateAt, USERS, type Ring } from "./ring.js";

interface Job {
  readonly ring: Ring;
  readonly maker: BatchMaker;
  readonly first: number;
  readonly every: number;
  readonly last: number;
  /** The batch that this thread makes next, from 0. */
  next: number;
  failed: boolean;
}

const { port, signals } = workerData as ThreadStart;
const signal = new Int32Array(signals);
const jobs = new Map<number, Job>();
process.on("exit", () => void Atomics.store(signal, ENDED, 1));

for (;;) {
  const rung = Atomics.load(signal, BELL);
  for (let held; (held = receiveMessageOnPort(port)) !== undefined;) obey(held.message as ToThread);
  const open = [...jobs].filter(([, job]) => lead(job) < job.ring.buffers.length);
  // The job whose run would have to wait first.
  open.sort(([, a], [, b]) => lead(a) - lead(b));
  if (open.length > 0) fill(...open[0]!);
  else Atomics.wait(signal, BELL, rung);
}

function obey(message: ToThread): void {
  if (message.kind === "open") {
    const { job, recipe, ring, shape, first, begin, every } = message;
    const rest = { first, every, last: lastOf(recipe), next: begin, failed: false };
    jobs.set(job, { ring: ringIn(ring, shape), maker: batchMaker(recipe), ...rest });
    return;
  }
  const job = jobs.get(message.job)!;
  job.maker.close();
  Atomics.sub(job.ring.state, USERS, 1);
  jobs.delete(message.job);
}

/** How far this thread's next batch is ahead of the one in use; Infinity when there is no next one. */
function lead({ ring, next, first, last, failed }: Job): number {
  return failed || first + next > last ? Infinity : next - Atomics.load(ring.state, RELEASED);
}

function fill(id: number, job: Job): void {
  const { ring, maker, first, next } = job;
  const slot = next % ring.buffers.length;
  let state = next + 1;
  try {
    Atomics.store(ring.state, sizeAt(slot), maker.make(first + next, ring.buffers[slot]!));
  } catch (error) {
    job.failed = true;
    state = FAILED;
    port.postMessage({ job: id, message: error instanceof Error ? error.message : String(error) } satisfies FromThread);
  }
  job.next += job.every;
  Atomics.add(signal, BEATS, 1);
  Atomics.store(ring.state, stateAt(slot), state);
  Atomics.notify(ring.state, stateAt(slot));
}
