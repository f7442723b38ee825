import { milliseconds } from "../../core/clock.js";
import type { FetchEvent } from "../../data/on-disk.js";
import { notice, print } from "./print.js";
import { openProgressBar, type ProgressBar } from "./progress.js";

/** Shows what a fetch does. */
export interface TransferDisplay {
  event(event: FetchEvent): void;
  end(): void;
}

interface DisplayFlags {
  readonly json: boolean;
  readonly quiet: boolean;
}

/** With json, every event as a line on stdout; else one line on a terminal, and lines on stderr without one. */
export function transferBars({ json, quiet }: DisplayFlags): TransferDisplay {
  if (json) return { event: sparse((event) => print(JSON.stringify(event))), end: () => undefined };
  const onTerminal = !quiet && process.stderr.isTTY === true;
  return onTerminal ? onLastLine() : { event: (event) => line(event, quiet, notice), end: () => undefined };
}

/** Lets an event of running bytes through once a second for every file, all others always. */
function sparse(show: (event: FetchEvent) => void): (event: FetchEvent) => void {
  const last = new Map<string, number>();
  return (event) => {
    if (event.event === "bytes") {
      const [key, now] = [`${event.id}/${event.name}`, milliseconds()];
      if (now - (last.get(key) ?? 0) < 1000) return;
      last.set(key, now);
    }
    show(event);
  };
}

/** An event in words. What went wrong is said even when quiet. */
function line(event: FetchEvent, quiet: boolean, say: (text: string) => void): void {
  const { id } = event;
  if (event.event === "mirror-failed") return say(`${id}: ${event.name}: ${event.url}: ${event.reason}`);
  if (event.event === "notice") return say(`${id}: ${event.text}`);
  if (quiet) return;
  if (event.event === "begin") {
    const resumed = event.from > 0 ? `, from byte ${event.from}` : "";
    say(`${id}: ${event.name} from ${event.url}${resumed}`);
  } else if (event.event === "retry")
    say(`${id}: ${event.name}: ${event.reason}; again in ${event.waitSeconds.toFixed(1)} s`);
  else if (event.event === "present") say(`${id}: ${event.name} is here`);
  else if (event.event === "stored") say(`${id}: ${event.name} stored, ${event.bytes} bytes, sha256 ${event.sha256}`);
  else if (event.event === "unpack") say(`${id}: extracting ${event.name}`);
}

/** One line for all files that come at the same time, of those bytes that are known to come. */
function onLastLine(): TransferDisplay {
  let bar: ProgressBar | undefined;
  const files = new Map<string, { at: number; total: number }>();
  return {
    event(event) {
      if (event.event !== "bytes" && event.event !== "begin") return line(event, false, notice);
      const at = event.event === "begin" ? event.from : event.at;
      files.set(`${event.id}/${event.name}`, { at, total: Math.max(at, event.total ?? 0) });
      bar ??= openProgressBar(0, "");
      const running = [...files].filter(([, { at, total }]) => at < total).map(([name]) => name);
      const sum = (of: "at" | "total"): number => [...files.values()].reduce((bytes, file) => bytes + file[of], 0);
      const label = `${sized(sum("at"))} of ${sized(sum("total"))}, ${running.join(", ")}`;
      bar.update(sum("at"), label, sum("total"));
    },
    end() {
      bar?.stop();
      bar = undefined;
    },
  };
}

const sized = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
