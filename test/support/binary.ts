import { join } from "node:path";
import { packageRoot } from "../../src/core/files.js";
import { spawnGroup } from "./processes.js";
import { until, type Doer } from "./until.js";

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running extends Doer {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** What it has said so far on stderr. */
  said(): string;
  kill(signal: NodeJS.Signals): void;
}

/** The built program. */
export const PROGRAM = join(packageRoot(), "dist", "bin", "metamd.js");

export interface Setting {
  /** Where it runs. */
  readonly folder?: string;
  /** What its environment has beside this process's; what is undefined it has not. */
  readonly env?: NodeJS.ProcessEnv;
  /** What it reads on stdin. */
  readonly input?: string;
}

/** Starts any program. It ends no later than the test does. */
export function startProgram(
  program: string,
  args: readonly string[],
  { folder, env, input = "" }: Setting = {},
): Running {
  const child = spawnGroup(program, args, { cwd: folder, env: { ...process.env, ...env } });
  // A program may end before it has read all.
  child.stdin.on("error", () => undefined).end(input);
  const text = { stdout: "", stderr: "" };
  let over = false;
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text.stdout += part));
  child.stderr.setEncoding("utf8").on("data", (part: string) => (text.stderr += part));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      over = true;
      resolve({ code, signal, ...text });
    });
  });
  return {
    pid: child.pid!,
    ended,
    get over() {
      return over;
    },
    said: () => text.stderr,
    kill: (signal) => void child.kill(signal),
  };
}

/** Signals a program at a moment when something holds: it stands still, with all that it has started, until it has the
 *  signal. */
export async function signalWhen(running: Running, signal: NodeJS.Signals, holds: () => boolean): Promise<void> {
  for (let done = false; !done;) {
    await until(holds, running);
    process.kill(-running.pid, "SIGSTOP");
    done = holds();
    if (done) running.kill(signal);
    process.kill(-running.pid, "SIGCONT");
  }
}

/** Runs any program to its end. */
export const runProgram = (...given: Parameters<typeof startProgram>): Promise<Ended> => startProgram(...given).ended;

/** Runs a script of bash to its end. */
export const inShell = (script: string, setting?: Setting): Promise<Ended> =>
  runProgram("bash", ["-c", script], setting);

/** Runs the text of a module to its end, in a process of its own. */
export const inNode = (module: string, args: readonly string[] = [], setting?: Setting): Promise<Ended> =>
  runProgram(process.execPath, ["--input-type=module", "-e", module, ...args], setting);

/** Starts the built program as its user would. @param folder where it runs. @param program another build of it. */
export const start = (
  folder: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  program: string = PROGRAM,
): Running => startProgram(process.execPath, [program, ...args], { folder, env });

/** Runs the built program to its end. */
export const metamd = (folder: string, ...args: string[]): Promise<Ended> => start(folder, args).ended;
