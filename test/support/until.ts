/** What a wait looks at to see whether something still goes on. */
export interface Doer {
  /** Whether it has ended. */
  readonly over: boolean;
  /** What it has said so far. */
  said(): string;
}

/** Between two looks, in milliseconds. */
const LOOK = 5;
const LOOK_AT_SIGNS = 2000;
/** A sign of life may stay the same for as long, however slow the machine is. */
const STALL = 600_000;

/** Waits until something holds, however long it takes.
 *  @param by what brings it about: a process, or a function that gives a sign of life, which changes while it goes on.
 *  @throws Error when the process has ended without it, or nothing has changed for ten minutes. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  by: Doer | (() => string) = () => "",
): Promise<void> {
  const sign = typeof by === "function" ? by : () => by.said();
  let last = { sign: sign(), at: performance.now() };
  let looked = last.at;
  for (;;) {
    const over = typeof by !== "function" && by.over;
    if (await holds()) return;
    if (over) throw new Error(`ended without what was waited for; it said:\n${sign()}`);
    const now = performance.now();
    if (now - looked >= LOOK_AT_SIGNS) {
      looked = now;
      const next = sign();
      if (next !== last.sign) last = { sign: next, at: now };
      if (now - last.at > STALL) throw new Error(`nothing has changed for ${STALL / 60_000} minutes:\n${next}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
}
