import { milliseconds } from "../../core/clock.js";
import { Interrupted } from "../../core/errors.js";

/** Milliseconds between breaths. */
const BREATH = 50;

/** Lets events in now and then between pieces of synchronous work.
 *  @returns what to call after every piece; it throws Interrupted once the signal is given. */
export function pace(signal: AbortSignal): () => Promise<void> {
  let breath = milliseconds();
  return async () => {
    if (milliseconds() - breath >= BREATH) {
      await new Promise((resolve) => setImmediate(resolve));
      breath = milliseconds();
    }
    if (signal.aborted) throw new Interrupted();
  };
}
