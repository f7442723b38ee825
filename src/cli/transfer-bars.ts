import { MultiBar, Presets, type SingleBar } from "cli-progress";
import { milliseconds } from "../core/clock.js";
import type { FetchEvent } from "../data/store/fetch/settings.js";
import { notice, print } from "./print.js";

/** Shows what a fetch does. */
export interface TransferDisplay {
  event(event: FetchEvent): void;
  end(): void;
}

interface DisplayFlags {
  readonly json: boolean;
  readonly quiet: boolean;
}

/** With json, every event as a line on stdout; else bars on a terminal, and lines on stderr without one. */
export function transferBars({ json, quiet }: DisplayFlags): TransferDisplay {
  if (json) return { event: sparse((event) => print(JSON.stringify(event))), end: () => undefined };
  const onTerminal = !quiet && process.stderr.isTTY === true;
  return onTerminal ? bars() : { event: (event) => line(event, quiet, notice), end: () => undefined };
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

function bars(): TransferDisplay {
  const preset = process.env.NO_COLOR === undefined ? Presets.shades_classic : Presets.legacy;
  const format = "{name} {bar} {percentage}% | {value}/{total} bytes | left {eta_formatted}";
  const options = { format, stream: process.stderr, hideCursor: true, fps: 5, clearOnComplete: false };
  let all: MultiBar | undefined;
  const running = new Map<string, SingleBar>();
  const say = (text: string): void => {
    if (all === undefined) notice(text);
    else all.log(`${text}\n`);
  };
  return {
    event(event) {
      if (event.event !== "bytes" && event.event !== "begin") return line(event, false, say);
      const key = `${event.id}/${event.name}`;
      const [at, total] = [event.event === "begin" ? event.from : event.at, event.total ?? 0];
      const bar = running.get(key) ?? (all ??= new MultiBar(options, preset)).create(total, at, { name: key });
      running.set(key, bar);
      if (event.event === "begin") bar.setTotal(total);
      bar.update(at);
    },
    end() {
      all?.stop();
      all = undefined;
    },
  };
}
