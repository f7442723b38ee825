import { execFileSync } from "node:child_process";
import { availableParallelism, cpus, totalmem } from "node:os";
import { packageRoot } from "../core/files.js";
import type { RunRecord } from "./record.js";

type Machine = Pick<RunRecord, "hardware" | "git">;

let known: Machine | undefined;

/** This machine, and the program's commit. */
export const machine = (): Machine => (known ??= { hardware: hardware(), git: readCommit() });

const hardware = (): Machine["hardware"] => ({
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: availableParallelism(),
  memoryBytes: totalmem(),
});

/** The commit that the program was built from, and whether the tree was changed since; null outside a checkout. */
function readCommit(): Machine["git"] {
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", packageRoot(), ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  try {
    if (git("rev-parse", "--show-toplevel") !== packageRoot()) return null;
    return { commit: git("rev-parse", "HEAD"), dirty: git("status", "--porcelain", "--untracked-files=no") !== "" };
  } catch {
    return null;
  }
}
