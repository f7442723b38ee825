import { readFileSync } from "node:fs";
import { join } from "node:path";
import xterm from "@xterm/headless";
import { PROGRAM } from "./binary.js";
import { spawnGroup, tool } from "./processes.js";
import { until, type Doer } from "./until.js";

const ROWS = 24;

/** A terminal of some columns and 24 rows, and what it shows. */
export interface Screen {
  write(bytes: Buffer | string): void;
  /** All lines so far, those that scrolled away too, without blanks at the end. */
  lines(): Promise<string[]>;
  /** How many of them the terminal broke because they were wider. */
  wraps(): number;
  resize(columns: number): Promise<void>;
}

export function screen(columns: number): Screen {
  const terminal = new xterm.Terminal({ cols: columns, rows: ROWS, scrollback: 5000, allowProposedApi: true });
  const written = (): Promise<void> => new Promise((resolve) => terminal.write("", resolve));
  const all = (): xterm.IBufferLine[] => {
    const { active } = terminal.buffer;
    return Array.from({ length: active.length }, (_, i) => active.getLine(i)!);
  };
  return {
    write: (bytes) => void terminal.write(bytes),
    async lines() {
      await written();
      const texts = all().map((line) => line.translateToString(true));
      return texts.slice(0, texts.findLastIndex((text) => text !== "") + 1);
    },
    wraps: () => all().filter(({ isWrapped }) => isWrapped).length,
    async resize(width) {
      await written();
      terminal.resize(width, ROWS);
    },
  };
}

/** Does something in this process as if its output went to a terminal of some columns. */
export async function onTerminal<Result>(columns: number, act: () => Promise<Result>): Promise<Result> {
  const { stdout } = process;
  const before = { isTTY: stdout.isTTY, columns: stdout.columns, hasColors: stdout.hasColors };
  Object.assign(stdout, { isTTY: true, columns, hasColors: () => true });
  try {
    return await act();
  } finally {
    Object.assign(stdout, before);
  }
}

/** The built program in a terminal. */
export interface InTerminal extends Doer, Pick<Screen, "lines" | "resize"> {
  /** Waits until its lines show something. */
  shows(what: (lines: readonly string[]) => boolean): Promise<void>;
  type(text: string): void;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
}

let count = 0;

/** Starts the built program in a pseudo-terminal of some columns and 24 rows, after a shell's prompt. */
export function startInTerminal(folder: string, args: readonly string[], columns: number): InTerminal {
  const seen = screen(columns);
  const device = join(folder, `tty-${count++}`);
  const words = [process.execPath, PROGRAM, ...args].map((word) => `'${word}'`).join(" ");
  const shell = `trap : INT; stty cols ${columns} rows ${ROWS}; tty > '${device}'; printf '$ metamd\\n'; ${words}; code=$?; printf '$'; exit $code`;
  const env = { ...process.env, TERM: "xterm-256color", NO_COLOR: undefined, SHELL: "/bin/sh" };
  const child = spawnGroup("script", ["-qefc", shell, "/dev/null"], { cwd: folder, env });
  child.stderr.pipe(process.stderr);
  let said = "";
  child.stdout.on("data", (bytes: Buffer) => {
    said += bytes.toString();
    seen.write(bytes);
  });
  let over = false;
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      over = true;
      resolve(code);
    });
  });
  const running: InTerminal = {
    get over() {
      return over;
    },
    said: () => said,
    lines: seen.lines,
    shows: (what) => until(async () => what(await seen.lines()), running),
    type: (text) => void child.stdin.write(text),
    async resize(width) {
      await until(() => readFileSync(device, "utf8").includes("/dev/"), running);
      await seen.resize(width);
      tool("stty", ["-F", readFileSync(device, "utf8").trim(), "cols", String(width)]);
    },
    ended,
  };
  return running;
}
