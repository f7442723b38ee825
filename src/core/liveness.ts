import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** What tells a process from every other one, on any machine. */
export interface ProcessName {
  readonly host: string;
  /** Where its pid means one process, as `pidSpace` said; absent or empty: not known. */
  readonly space?: string | undefined;
  readonly pid: number;
  /** When it began, as `beganAt` said, since a pid is used again; empty: not known. */
  readonly began: string;
}

/** This process. */
export const ownName = (): ProcessName => ({
  host: hostname(),
  space: pidSpace(),
  pid: process.pid,
  began: beganAt(process.pid),
});

/** Whether a process runs, as far as its pid tells.
 *  @returns undefined for one of another machine, of another start of this one, or of another container, whose pids are
 *  numbers of their own: only its signs of life tell. */
export function isRunning({ host, space, pid, began }: ProcessName): boolean | undefined {
  if (space === undefined || space === "" || host !== hostname() || space !== pidSpace()) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const known = kernelOn(pid);
  if (known === undefined) return true;
  return known.state !== "Z" && (began === "" || known.began === began);
}

/** Whether a process of this machine was stopped (SIGSTOP, Ctrl-Z); false where the kernel does not say. */
export const isStopped = (pid: number): boolean => /^[Tt]$/.test(kernelOn(pid)?.state ?? "");

/** Where a pid means one process: this machine since it was started, and there the pid namespace, which a container has
 *  of its own; empty where that is not known. */
export function pidSpace(): string {
  if (process.platform !== "linux") return process.platform;
  try {
    const start = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${start} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return "";
  }
}

/** When a process began, in the kernel's own count; empty where the kernel does not say. */
export const beganAt = (pid: number): string => kernelOn(pid)?.began ?? "";

/** What Linux says of a process: its state, and when it began. */
function kernelOn(pid: number): { readonly state: string; readonly began: string } | undefined {
  try {
    // A /proc that another container mounted has other numbers.
    if (readlinkSync("/proc/self") !== String(process.pid)) return undefined;
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0]!, began: fields[19]! };
  } catch {
    return undefined;
  }
}
