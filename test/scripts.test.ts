import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../src/core/files.js";
import { runProgram, type Ended } from "./support/binary.js";
import { everything } from "./support/require.js";

const folder = join(packageRoot(), "scripts");
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"));
const textOf = (file: string): string => readFileSync(join(folder, file), "utf8");
/** Started by other scripts, which say what they take. */
const PARTS = ["bench/side.js", "gpu-check/part.js"];
const scripts = files.filter((file) => file !== "command-line.js" && textOf(file).includes("commandLine("));

const call = (file: string, ...args: string[]): Promise<Ended> =>
  runProgram(process.execPath, [join(folder, file), ...args]);

test("what is given to a script is read in one way", () => {
  const others = files.filter((file) => file !== "command-line.js" && !PARTS.includes(file));
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
