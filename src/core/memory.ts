import { readFileSync } from "node:fs";
import { totalmem } from "node:os";

/** Of the machine's memory, what all runs at a time may hold together. */
export const MEMORY_FOR_RUNS = 0.9;

/** Bytes of memory that this process and its children may hold: the machine's, or what its container is given. */
export function memoryOfMachine(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** Bytes of memory that a process of this machine holds; 0 where the kernel does not say, or there is no such process. */
export const residentBytes = (pid: number | undefined): number => statusBytes(pid, "VmRSS");

/** Bytes of memory that this process has held at most; elsewhere than on Linux what the process held that started it may
 *  count too. */
export const peakBytes = (): number => statusBytes(process.pid, "VmHWM") || 1024 * process.resourceUsage().maxRSS;

function statusBytes(pid: number | undefined, field: "VmRSS" | "VmHWM"): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return 1024 * Number(new RegExp(`^${field}:\\s*(\\d+) kB$`, "m").exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Whether this process may have so many addresses alone (`ulimit -v`), reserved ones included. */
export function addressesAreLimited(): boolean {
  try {
    return !/^Max address space +unlimited /m.test(readFileSync("/proc/self/limits", "utf8"));
  } catch {
    return false;
  }
}
