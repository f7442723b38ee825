import { spawn } from "node:child_process";
import { join } from "node:path";
import { packageRoot } from "../../src/core/files.js";

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** What it has said so far on stderr. */
  said(): string;
  kill(signal: NodeJS.Signals): void;
}

/** Starts the built program as its user would. @param folder where it runs. */
export function start(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const program = join(packageRoot(), "dist", "bin", "metamd.js");
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, env: { ...process.env, ...env } });
  const text = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text.stdout += part));
  child.stderr.setEncoding("utf8").on("data", (part: string) => (text.stderr += part));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, ...text }));
  });
  return { pid: child.pid!, ended, said: () => text.stderr, kill: (signal) => void child.kill(signal) };
}

/** Runs the built program to its end. */
export const metamd = (folder: string, ...args: string[]): Promise<Ended> => start(folder, args).ended;

/** Waits until something holds, looking every few milliseconds. */
export async function until(holds: () => boolean, seconds = 60): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited ${seconds} s in vain`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
