import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../src/core/files.js";
import { atEnd, tool } from "./processes.js";
import { missing } from "./require.js";

/** A Slurm of this machine. */
export interface LocalSlurm {
  /** What its commands need in their environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Runs one of its commands. @returns what it printed. */
  call(program: string, ...args: string[]): string;
}

const PROGRAM = join(packageRoot(), "scripts", "slurm-local");

/** Starts a Slurm that ends after the file's tests, or says why there is none. @param gpus that it seems to have. */
export function startSlurm(gpus = 0): LocalSlurm | undefined {
  if (process.getuid!() !== 0) return missing("Slurm: its daemons need root");
  const has = (name: string): boolean => tool("which", [name]).status === 0;
  if (!["slurmctld", "slurmd", "munged"].every(has)) return missing("Slurm: apt-get install slurm-wlm munge");
  const folder = mkdtempSync(join(tmpdir(), "metamd-slurm-"));
  atEnd(() => {
    tool(PROGRAM, ["stop", folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  const started = tool(PROGRAM, ["start", folder, String(gpus)]);
  if (started.status !== 0) return missing(`Slurm: it did not start: ${started.stderr}`);
  const env = { SLURM_CONF: started.stdout.trim() };
  return {
    env,
    call: (program, ...args) => tool(program, args, { env: { ...process.env, ...env } }).stdout.trim(),
  };
}

/** All that the tasks of an experiment have said. @param folder of the experiment. */
export function logsOf(folder: string): string {
  const logs = readdirSync(join(folder, "slurm")).filter((name) => name.endsWith(".log"));
  return logs.map((name) => readFileSync(join(folder, "slurm", name), "utf8")).join("");
}
