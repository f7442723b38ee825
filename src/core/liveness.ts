import { readFileSync } from "node:fs";

/** Whether a process of this machine still runs.
 *  @param began when it began, as `beganAt` said, since a number is used again; empty: not known. */
export function isRunning(pid: number, began = ""): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  if (began === "") return true;
  const known = kernelOn(pid);
  return known === undefined || (known.began === began && known.state !== "Z");
}

/** When a process began, in the kernel's own count; empty where the kernel does not say. */
export const beganAt = (pid: number): string => kernelOn(pid)?.began ?? "";

/** What Linux says of a process: its state, and when it began. */
function kernelOn(pid: number): { readonly state: string; readonly began: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0]!, began: fields[19]! };
  } catch {
    return undefined;
  }
}
