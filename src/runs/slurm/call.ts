import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { EXIT, UserError } from "../../core/errors.js";

/** What a command of Slurm came to. */
export interface Called {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of Slurm. @throws UserError (usage) when it is not on this machine. */
export const slurm = (program: string, ...args: string[]): Promise<Called> => slurmIn(undefined, program, ...args);

/** The same in a folder; the jobs that it submits begin there. */
export function slurmIn(folder: string | undefined, program: string, ...args: string[]): Promise<Called> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { maxBuffer: 2 ** 28, cwd: folder !== undefined && existsSync(folder) ? folder : undefined },
      (error, stdout, stderr) => {
        const code = error?.code;
        if (typeof code === "string") reject(code === "ENOENT" ? absent(program) : error!);
        else resolve({ code: error === null ? 0 : (code ?? 1), stdout, stderr: stderr.trim() });
      },
    );
  });
}

const absent = (program: string): UserError =>
  new UserError(EXIT.usage, {
    where: program,
    given: "not found on this machine",
    accepted: "a machine that submits to a Slurm cluster: sbatch, squeue and scancel in the PATH",
    hint: "log in to the cluster's submit host, or --executor local",
  });
