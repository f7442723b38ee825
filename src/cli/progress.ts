import { Presets, SingleBar } from "cli-progress";
import type { ProgressReporter } from "../core/progress.js";

/** Progress on stderr: a bar with the time left on a terminal; silent without one, or when quiet. */
export function progressReporter(quiet: boolean): ProgressReporter {
  if (quiet || process.stderr.isTTY !== true)
    return { begin: () => undefined, at: () => undefined, end: () => undefined };
  let bar: SingleBar | undefined;
  return {
    begin(title, total) {
      bar?.stop();
      const format = `${title} {bar} {percentage}% | {label} | {duration_formatted} | left {eta_formatted}`;
      const plain = process.env.NO_COLOR === undefined ? Presets.shades_classic : Presets.legacy;
      bar = new SingleBar({ format, stream: process.stderr, hideCursor: true, etaBuffer: 50, fps: 5 }, plain);
      bar.start(total, 0, { label: "" });
    },
    at: (value, label) => bar?.update(value, { label }),
    end() {
      bar?.stop();
      bar = undefined;
    },
  };
}

/** A line on stderr above the bar, which is drawn anew. */
export function aboveProgress(text: string): void {
  process.stderr.write(process.stderr.isTTY === true ? `\r\x1b[K${text}\n` : `${text}\n`);
}
