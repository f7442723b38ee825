import { vi } from "vitest";
import { main } from "../../src/cli/main.js";
import type { Ended } from "./binary.js";

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process, as `bin/metamd` does, with its output caught. */
export async function runMain(...args: string[]): Promise<Said> {
  const said = { out: "", err: "" };
  // Threads of the files that this process has run before listen, too.
  for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0);
  const out = vi.spyOn(process.stdout, "write").mockImplementation((text) => ((said.out += String(text)), true));
  const err = vi.spyOn(process.stderr, "write").mockImplementation((text) => ((said.err += String(text)), true));
  try {
    return { code: await main(["node", "metamd", ...args]), ...said };
  } finally {
    out.mockRestore();
    err.mockRestore();
    process.exitCode = undefined;
    for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners("error");
  }
}

/** The same in a folder, where paths are taken from; it costs no process. Runs are one at a time: `--jobs 1`. */
export async function mainIn(folder: string, ...args: string[]): Promise<Omit<Ended, "signal">> {
  const before = process.cwd();
  process.chdir(folder);
  try {
    const { code, out, err } = await runMain(...args);
    return { code, stdout: out, stderr: err };
  } finally {
    process.chdir(before);
  }
}

/** Runs something as a user who is not root, whom no right is refused to. */
export async function asOrdinaryUser<Result>(act: () => Promise<Result>): Promise<Result> {
  if (process.geteuid!() !== 0) return act();
  process.seteuid!(65534);
  try {
    return await act();
  } finally {
    process.seteuid!(0);
  }
}
