import { readFileSync } from "node:fs";

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
