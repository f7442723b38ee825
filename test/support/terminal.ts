import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import xterm from "@xterm/headless";
import { packageRoot } from "../../src/core/files.js";
import { spawnGroup } from "./processes.js";
import { until } from "./until.js";

const ROWS = 24;

/** The built program in a terminal. */
export interface InTerminal {
  /** All lines so far, those that scrolled away too, without blanks at the end. */
  lines(): Promise<string[]>;
  /** How many of them the terminal broke because they were wider. */
  wraps(): number;
  type(text: string): void;
  resize(columns: number): Promise<void>;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
}

let count = 0;

/** Starts the built program in a pseudo-terminal of some columns and 24 rows, after a shell's prompt. */
export function startInTerminal(folder: string, args: readonly string[], columns: number): InTerminal {
  const terminal = new xterm.Terminal({ cols: columns, rows: ROWS, scrollback: 5000, allowProposedApi: true });
  const device = join(folder, `tty-${count++}`);
  const program = join(packageRoot(), "dist", "bin", "metamd.js");
  const words = [process.execPath, program, ...args].map((word) => `'${word}'`).join(" ");
  const shell = `trap : INT; stty cols ${columns} rows ${ROWS}; tty > '${device}'; printf '$ metamd\\n'; ${words}; code=$?; printf '$'; exit $code`;
  const env = { ...process.env, TERM: "xterm-256color", NO_COLOR: undefined, SHELL: "/bin/sh" };
  const child = spawnGroup("script", ["-qefc", shell, "/dev/null"], { cwd: folder, env });
  child.stderr.pipe(process.stderr);
  child.stdout.on("data", (bytes: Buffer) => terminal.write(bytes));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const written = (): Promise<void> => new Promise((resolve) => terminal.write("", resolve));
  return {
    async lines() {
      await written();
      const { active } = terminal.buffer;
      const all = Array.from({ length: active.length }, (_, i) => active.getLine(i)!.translateToString(true));
      return all.slice(0, all.findLastIndex((line) => line !== "") + 1);
    },
    wraps() {
      const { active } = terminal.buffer;
      return Array.from({ length: active.length }, (_, i) => active.getLine(i)!).filter(({ isWrapped }) => isWrapped)
        .length;
    },
    type: (text) => void child.stdin.write(text),
    async resize(width) {
      await until(() => readFileSync(device, "utf8").includes("/dev/"));
      await written();
      terminal.resize(width, ROWS);
      execFileSync("stty", ["-F", readFileSync(device, "utf8").trim(), "cols", String(width)]);
    },
    ended,
  };
}
