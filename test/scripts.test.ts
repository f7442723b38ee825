import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../src/core/files.js";
import { runProgram, startProgram, type Ended } from "./support/binary.js";
import { scratchFolder } from "./support/folder.js";
import { everything } from "./support/require.js";
import { fakeTools } from "./support/tools.js";

const folder = join(packageRoot(), "scripts");
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"));
const textOf = (file: string): string => readFileSync(join(folder, file), "utf8");
/** Started by other scripts, which say what they take. */
const PARTS = ["bench/side.js", "gpu-check/part.js"];
const scripts = files.filter((file) => file !== "command-line.js" && textOf(file).includes("commandLine("));

const call = (file: string, ...args: string[]): Promise<Ended> =>
  runProgram(process.execPath, [join(folder, file), ...args]);

test("what is given to a script is read in one way", () => {
  const readers = ["command-line.js", "built.js"];
  const others = files.filter((file) => !readers.includes(file) && !PARTS.includes(file));
  expect(others.filter((file) => /parseArgs|process\.argv(?!\[1\])/.test(textOf(file)))).toEqual([]);
  expect(scripts).toContain("bench/bench.js");
});

test.each(everything ? scripts : scripts.slice(0, 6))(
  "%s says what it takes, and refuses what it does not know",
  async (file) => {
    const help = await call(file, "--help");
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toMatch(new RegExp(`^Usage: node scripts/${file} \\[options\\]`));
    expect(help.stdout).toMatch(/\n {2}--help {2,}say this\n$/);
    const wrong = await call(file, "--hepl");
    expect(wrong).toMatchObject({ code: 2, stdout: "" });
    expect(wrong.stderr).toMatch(
      /^[\w-]+\.js: --hepl: unknown option\n {2}accepted: .*--help\n {2}hint: did you mean --help\?\n$/,
    );
  },
);

test.each([
  [["--blocks", "none"], "--blocks: given none\n  accepted: integers from 1"],
  [["--blocks", "--quick"], "--blocks: no value\n  accepted: N"],
  [["--quick=yes"], "--quick: given the value yes\n  accepted: no value"],
  [["--methods", "adam,sgdm"], "--methods: given sgdm\n  accepted: sgd, sgd_momentum, "],
  [["--against", "torch"], "--against: given torch\n  accepted: pytorch\n  hint: did you mean pytorch?"],
  [["--output", ""], "--output: given an empty value\n  accepted: FOLDER"],
  [["--python="], "--python: given an empty value\n  accepted: FILE"],
  [["--threads", "1,0"], "--threads: given 1,0\n  accepted: integers from 1, between commas"],
  [["--threads", "2,2"], "--threads: given 2 twice\n  accepted: each once"],
  [["more"], "operands: given more\n  accepted: none\n  hint: --help"],
])("bench.js %j is refused", async (args, said) => {
  const { code, stderr } = await call("bench/bench.js", ...args);
  expect(code).toBe(2);
  expect(stderr).toContain(`bench.js: ${said}`);
});

describe("a script that is built before", () => {
  /** @returns whether anything was built, beside how it ended; the build ends with exit code 7. */
  async function built(script: string, ...args: string[]): Promise<Ended & { isBuilt: boolean }> {
    const temporary = scratchFolder();
    const mark = join(temporary, "built");
    const PATH = `${fakeTools(join(temporary, "bin"), { npm: `: > '${mark}'\nexit 7` })}:${process.env.PATH}`;
    const line = [join(folder, "built.js"), join(folder, script), ...args];
    const ended = await startProgram(process.execPath, line, { env: { PATH } }).ended;
    return { ...ended, isBuilt: existsSync(mark) };
  }

  test.each(["bench/bench.js", "reproduce/reproduce.js", "docs.js"])("%s refuses, and helps, without", async (file) => {
    expect(await built(file, "--hepl")).toMatchObject({ code: 2, isBuilt: false, stdout: "" });
    expect(await built(file, "--help")).toMatchObject({ code: 0, isBuilt: false, stderr: "" });
    expect(await built(file)).toMatchObject({ code: 7, isBuilt: true, stdout: "", stderr: "" });
  });

  test("is started so by npm run", () => {
    const { scripts: started } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    expect(Object.values(started).filter((line) => line.includes("npm run build && node scripts"))).toEqual([]);
  });
});

test("a script that needs operands says which", async () => {
  expect(await call("reproduce/keep.js", "results")).toMatchObject({
    code: 2,
    stdout: "",
    stderr: "keep.js: operands: given results\n  accepted: RESULTS EXPERIMENT...\n  hint: --help\n",
  });
});

test("reproduce.js hands a setting to the configs that have it, or else to all", async () => {
  const plan = async (...args: string[]): Promise<string> => {
    const { code, stdout } = await call("reproduce/reproduce.js", "--plan", "--preset", "smoke", ...args);
    expect(code).toBe(0);
    return stdout;
  };
  const stdout = await plan("--only", "E3,E6", "--set", "suite.classesPerTask=1", "--set", "trials=2");
  expect(stdout).toMatch(/E3, .*: (?!.*classesPerTask)/);
  expect(stdout).toMatch(/E6, .*: --set suite\.classesPerTask: given 1;/);
  expect(await plan("--only", "E3", "--set", "suite.clasesPerTask=3")).toContain("clasesPerTask");
});
