import { milliseconds } from "./clock.js";
import { Interrupted } from "./errors.js";

/** Milliseconds between breaths. */
const BREATH = 50;

/** Lets events in now and then between pieces of synchronous work.
 *  @returns what to call after every piece; it throws Interrupted once the signal is given. */
export function pace(signal: AbortSignal | undefined): () => Promise<void> {
  let breath = milliseconds();
  return async () => {
    if (milliseconds() - breath >= BREATH) {
      await new Promise((resolve) => setImmediate(resolve));
      breath = milliseconds();
    }
    if (signal?.aborted === true) throw new Interrupted();
  };
}
