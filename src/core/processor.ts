import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { milliseconds } from "./clock.js";

/** What of a machine decides numbers and cannot be set: the widest vector instructions, which kernels are chosen by. */
export function instructionSet(): string {
  const widest = ["avx512f", "avx2", "avx"].find((name) => processorFlags().includes(name));
  return widest ?? process.arch;
}

function processorFlags(): string[] {
  try {
    return /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1]?.split(" ") ?? [];
  } catch {
    return [];
  }
}

/** Share of the processors from which on what others do shows in what is timed: a process beside it slows one by a sixth and
 *  more. */
export const DISTURBING = 0.25;
/** What others used while something was timed, in words. @param share of the processors. */
export const usedByOthersInWords = (share: number): string =>
  `other programs used ${Math.round(100 * share)} % of the processors while steps were timed`;
/** Milliseconds since when processors' times, which count in hundredths of a second, can be compared. */
const TELLING = 200;
/** Milliseconds of one of them. */
const TICK = 10;

/** Begins to watch the processors that this process may use.
 *  @returns what says which share of their time others used since than this process and those that it started and that have
 *  ended, 0..1; 0 where the time is too short to tell. */
export function watchOthers(): () => number {
  const begun = { at: milliseconds(), busy: busyMilliseconds(), own: ownMilliseconds() };
  return () => {
    const elapsed = milliseconds() - begun.at;
    if (elapsed < TELLING) return 0;
    const others = busyMilliseconds() - begun.busy - (ownMilliseconds() - begun.own);
    return Math.min(1, Math.max(0, others / (elapsed * Math.max(1, usable().length))));
  };
}

/** Of all processors that this process may use, by all processes. */
const busyMilliseconds = (): number =>
  usable().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0);

/** Of this process, all its threads, and of those that it started and that have ended. */
function ownMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 + endedMilliseconds();
}

function endedMilliseconds(): number {
  try {
    // Behind the program's name, which may hold anything.
    const fields = readFileSync("/proc/self/stat", "utf8").split(") ").at(-1)!.split(" ");
    return TICK * (Number(fields[13]) + Number(fields[14]));
  } catch {
    return 0;
  }
}

function usable(): ReturnType<typeof cpus> {
  const all = cpus();
  const allowed = allowedProcessors();
  return allowed.length > 0 && allowed.every((id) => id < all.length) ? allowed.map((id) => all[id]!) : all;
}

/** Numbers of the processors that the kernel lets this process use; none where it does not say. */
function allowedProcessors(): number[] {
  try {
    const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "";
    return list.split(",").flatMap((range) => {
      const [first, last = first] = range.split("-").map(Number) as [number, number?];
      return Array.from({ length: last - first + 1 }, (_unused, i) => first + i);
    });
  } catch {
    return [];
  }
}
