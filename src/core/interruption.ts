import { readFileSync } from "node:fs";
import { EXIT, Interrupted } from "./errors.js";
import { milliseconds } from "./clock.js";

/** Turns Ctrl-C, termination and a closed terminal into an abort signal: the first asks for a clean stop. From then on the
 *  system has Ctrl-C and termination back: the second ends the process at once, whatever it is busy with.
 *  @param doing what the first one makes the program do, in words. */
export function interruption(doing = "stopping after a checkpoint"): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const giveBack = (): void => {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, onSignal);
  };
  const stop = (): void => {
    process.stderr.write(`\n${doing}; once more stops at once\n`);
    controller.abort();
    // Those that came while the program was busy are heard first.
    setImmediate(giveBack);
  };
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    stop();
  };
  // A terminal that closes says so several times.
  const onHangup = (): void => {
    if (!controller.signal.aborted) stop();
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, onSignal);
  const hangs = !hangupIsIgnored();
  if (hangs) process.on("SIGHUP", onHangup);
  return {
    signal: controller.signal,
    release: () => {
      giveBack();
      if (hangs) process.off("SIGHUP", onHangup);
    },
  };
}

/** Signals that batch systems send before a job's time is up, or when its processor time is. To Node the first one means
 *  that a debugger may connect, and the others end it at once. */
export const WARNINGS = ["SIGUSR1", "SIGUSR2", "SIGXCPU"] as const;

/** Takes the first warning of a batch system for SIGTERM: what is under way ends with a checkpoint. The second SIGTERM would
 *  end it at once, and SIGXCPU comes again every second. */
export function heedWarnings(): void {
  let heeded = false;
  const heed = (): void => {
    if (!heeded) process.kill(process.pid, "SIGTERM");
    heeded = true;
  };
  for (const name of WARNINGS) if (process.listenerCount(name) === 0) process.on(name, heed);
}

/** Lets a closed terminal be, where whoever started the program asked for that, as `nohup` does: Node forgets it. */
export function keepHangupIgnored(): void {
  if (hangupIsIgnored()) process.on("SIGHUP", () => undefined);
}

/** Whether the program was started to outlive its terminal. That the signal was ignored is lost when Node starts, so what
 *  is looked at is the shell's word for what it started, the standard input that nohup leaves, and the parent. */
function hangupIsIgnored(): boolean {
  if (/(^|\/)nohup$/.test(process.env._ ?? "")) return true;
  const inputFlags = /^flags:\s*(\d+)$/m.exec(read("/proc/self/fdinfo/0"))?.[1];
  const writeOnly = inputFlags !== undefined && (Number.parseInt(inputFlags, 8) & 3) === 1;
  const ignored = /^SigIgn:\s*([0-9a-f]+)$/m.exec(read(`/proc/${process.ppid}/status`))?.[1];
  return writeOnly || (ignored !== undefined && (BigInt(`0x${ignored}`) & 1n) === 1n);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Milliseconds between breaths. */
const BREATH = 50;

/** Lets events in now and then between pieces of synchronous work.
 *  @returns what to call after every piece; it throws Interrupted once the signal, if there is one, is given. */
export function pace(signal?: AbortSignal): () => Promise<void> {
  let breath = milliseconds();
  return async () => {
    if (milliseconds() - breath >= BREATH) {
      await new Promise((resolve) => setImmediate(resolve));
      breath = milliseconds();
    }
    if (signal?.aborted === true) throw new Interrupted();
  };
}
