// A thread that ends its process when its parent is gone, however busy its event loop is.
import { workerData } from "node:worker_threads";

/** Milliseconds between looks. */
const LOOK_EVERY = 500;

const { parent } = workerData as { readonly parent: number };
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
}, LOOK_EVERY);
