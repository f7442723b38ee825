// The thread of a heartbeat.
import { parentPort, workerData } from "node:worker_threads";
import { beat, IDLE, WRITING, type HeartbeatStart } from "./heartbeat.js";

const { path, text, everySeconds, state: shared } = workerData as HeartbeatStart;
const state = new Int32Array(shared);
let troubled = false;

setInterval(() => {
  if (Atomics.compareExchange(state, 0, IDLE, WRITING) !== IDLE) return;
  const trouble = tryToBeat();
  Atomics.compareExchange(state, 0, WRITING, IDLE);
  Atomics.notify(state, 0);
  if ((trouble !== undefined) !== troubled) parentPort!.postMessage(trouble);
  troubled = trouble !== undefined;
}, everySeconds * 1000);

function tryToBeat(): string | undefined {
  try {
    beat(path, text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
