import { EXIT } from "./errors.js";

/** Turns Ctrl-C and termination into an abort signal: the first asks for a clean stop, the second stops at once.
 *  @param doing what the first one makes the program do, in words. */
export function interruption(doing = "stopping after a checkpoint"): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    process.stderr.write(`\n${doing}; once more stops at once\n`);
    controller.abort();
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}
