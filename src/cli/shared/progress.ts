import { SingleBar, type Options, type Params } from "cli-progress";
import { milliseconds } from "../../core/clock.js";
import { duration } from "../../core/wording.js";
import { SILENT, type ProgressReporter } from "../../core/progress.js";
import { openLastLine, type LastLine } from "./last-line.js";

/** Columns of the bar, and how wide a terminal must be to have one. */
const BAR = 16;
const WITH_BAR = 60;

/** Progress on stderr: one line with the time left on a terminal; silent without one, or when quiet. */
export function progressReporter(quiet: boolean): ProgressReporter {
  if (quiet || process.stderr.isTTY !== true) return SILENT;
  let bar: ProgressBar | undefined;
  const end = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    begin(title, total) {
      end();
      bar = openProgressBar(total, title);
    },
    at: (value, label) => bar?.update(value, label),
    end,
  };
}

export interface ProgressBar {
  update(value: number, label: string, total?: number): void;
  stop(): void;
}

/** @param total 0: not known. @param title comes last, where there is room. */
export function openProgressBar(total: number, title: string): ProgressBar {
  const line = openLastLine();
  // What comes before the first report, the start of an engine, is no pace.
  let first: { readonly at: number; readonly done: number } | undefined;
  const format = (_options: Options, params: Params, payload: { label?: string }): string => {
    const { progress } = params;
    if (progress > 0) first ??= { at: milliseconds(), done: progress };
    const left = first && secondsLeft((milliseconds() - first.at) / 1000, progress - first.done, 1 - progress);
    return progressText(params, left, payload.label ?? "", title, line.width());
  };
  const options: Options & { terminal: object } = {
    format,
    terminal: terminalOf(line),
    fps: 5,
    gracefulExit: false,
  };
  const bar = new SingleBar(options);
  bar.start(total, 0, { label: "" });
  return {
    update(value, label, ofAll) {
      if (ofAll !== undefined) bar.setTotal(ofAll);
      bar.update(value, { label });
    },
    stop() {
      bar.stop();
      line.remove();
    },
  };
}

/** Seconds and share of the whole after which the time left is known well enough to say it. */
const KNOWN = { seconds: 2, share: 0.01 };

/** Seconds that are left at the mean pace so far, where that is known. @param elapsed seconds in which the share `done` of
 *  the whole was done. @param remaining share. @internal Exported for tests. */
export const secondsLeft = (elapsed: number, done: number, remaining: number): number | undefined =>
  elapsed < KNOWN.seconds || done < KNOWN.share || remaining <= 0 ? undefined : (elapsed * remaining) / done;

/** The line of progress: share, time left, what is done of all, then the title; a bar where there is room for it. */
function progressText(
  { progress, total }: Pick<Params, "progress" | "total">,
  left: number | undefined,
  label: string,
  title: string,
  columns: number,
): string {
  const filled = Math.round(BAR * Math.min(1, progress));
  const bar = columns < WITH_BAR || total === 0 ? "" : `${"█".repeat(filled)}${"░".repeat(BAR - filled)} `;
  const parts = [
    total === 0 ? undefined : `${Math.floor(100 * Math.min(1, progress))}%`,
    left === undefined ? undefined : `${duration(left)} left`,
    label === "" ? undefined : label,
    title,
  ];
  return bar + parts.filter((part) => part !== undefined && part !== "").join(" | ");
}

/** cli-progress draws on this instead of on a terminal of its own, which would save and restore the cursor. */
const terminalOf = (line: LastLine): object => ({
  isTTY: () => true,
  getWidth: line.width,
  write: (text: string) => line.show(text),
  cursorSave: () => undefined,
  cursorRestore: () => undefined,
  cursor: () => undefined,
  cursorTo: () => undefined,
  cursorRelative: () => undefined,
  clearRight: () => undefined,
  clearLine: () => undefined,
  clearBottom: () => undefined,
  lineWrapping: () => undefined,
  newline: () => undefined,
});
