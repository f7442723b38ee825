import { EXIT } from "../core/errors.js";

/** Lets the work go on when whoever reads the results or messages is gone, or has no room for them. Of results that could
 *  not be written the messages say so, and the exit code unless it is another one already; a reader that had enough
 *  (`metamd table | head`) is no fault. */
export function outliveStreams(): void {
  process.stderr.on("error", () => undefined);
  let lost = false;
  process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    if (code === "EPIPE" || lost) return;
    lost = true;
    process.stderr.write(`metamd: stdout: the result cannot be written: ${message}\n`);
    process.on("exit", (exitCode) => {
      if (exitCode === EXIT.ok) process.exitCode = EXIT.usage;
    });
  });
}
