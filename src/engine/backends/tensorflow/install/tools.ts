import { spawn } from "node:child_process";
import { EXIT, Interrupted, UserError } from "../../../../core/errors.js";
import { environment } from "../../../../core/home.js";

/** How the output of a tool ends up. */
interface RunOptions {
  readonly signal: AbortSignal;
  readonly folder?: string;
  /** Lines for the user while the tool runs. */
  readonly onLine?: (line: string) => void;
}

/** Runs a tool to its end. @returns its output. @throws UserError (engine) with its first error and the end of what it said. */
export async function runTool(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { signal, folder, onLine } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"], detached: true });
    let output = "";
    const kill = (): void => {
      try {
        process.kill(-child.pid!);
      } catch {
        child.kill();
      }
    };
    signal.addEventListener("abort", kill, { once: true });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        for (const line of text.split("\n")) if (line.trim() !== "") onLine?.(line.trim());
      });
    }
    child.on("error", (error: NodeJS.ErrnoException) => {
      signal.removeEventListener("abort", kill);
      reject(error.code === "ENOENT" ? missingTool(command) : error);
    });
    child.on("close", (code) => {
      signal.removeEventListener("abort", kill);
      if (signal.aborted) return reject(new Interrupted());
      if (code === 0) return resolve(output);
      const given = `${command} ended with code ${code}:\n${told(output)}`;
      reject(new UserError(EXIT.engine, { where: "engine install", given, hint: "fix that, then run it again" }));
    });
  });
}

/** The end of a tool's output, and before it its first error: a compiler goes on after that. */
function told(output: string): string {
  const lines = output.trim().split("\n");
  const end = lines.slice(-12);
  const first = lines.find((line) => /\berror:/i.test(line));
  return [...(first === undefined || end.includes(first) ? [] : [first, "..."]), ...end].join("\n");
}

const HINTS: Readonly<Record<string, string>> = {
  python3: "install Python 3 with pip (Debian: apt-get install python3 python3-pip)",
  "c++": "install a C++ compiler (Debian: apt-get install g++), or set CXX to one",
};

/** A tool that the installation needs and that is not here. */
function missingTool(name: string, given = `${name} was not found`): UserError {
  return new UserError(EXIT.engine, {
    where: "engine install",
    given,
    accepted: "python3 with pip, and a C++ compiler, on the PATH",
    hint: HINTS[name] ?? `install ${name}, or unset CXX`,
  });
}

/** The compiler: CXX, or the system's. */
export const compiler = (): string => environment("CXX") ?? "c++";

/** Checks that python3 has pip and that the compiler runs. @returns the compiler's version line. */
export async function checkTools(signal: AbortSignal): Promise<string> {
  await runTool("python3", ["-m", "pip", "--version"], { signal }).catch((error: unknown) => {
    if (error instanceof UserError && error.message.includes("No module named pip"))
      throw missingTool("python3", "python3 has no pip");
    throw error;
  });
  return compilerVersion(signal);
}

/** The compiler's version line. @throws UserError (engine) where there is none. */
export async function compilerVersion(signal: AbortSignal): Promise<string> {
  const version = await runTool(compiler(), ["--version"], { signal }).catch((error: unknown) => {
    throw error instanceof UserError && error.message.includes("was not found")
      ? missingTool("c++", `no C++ compiler: ${compiler()} was not found`)
      : error;
  });
  return version.split("\n")[0]!;
}
