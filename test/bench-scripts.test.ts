import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../src/core/files.js";
import { startProgram, type Running } from "./support/binary.js";
import { scratchFolder } from "./support/folder.js";
import { spawnGroup } from "./support/processes.js";
import { until } from "./support/until.js";

const BENCH = join(packageRoot(), "scripts", "bench");

/** Starts a script of the bench on a machine without the native engine. @param temporary its folder of temporary files.
 *  @param folder where it runs. */
function start(script: string, args: readonly string[], temporary: string, folder = packageRoot()): Running {
  const env = { METAMD_ENGINE_DIR: join(temporary, "nowhere"), TMPDIR: temporary };
  return startProgram(process.execPath, [join(BENCH, script), ...args], { env, folder });
}

test("the bench ends where no engine opens that was asked for, and leaves what is there", async () => {
  const [temporary, output] = [scratchFolder(), scratchFolder()];
  const old = join(output, "bench.json");
  writeFileSync(old, "old");
  const args = ["--quick", "--engines", "tensorflow", "--output", output];
  const { code, stdout, stderr } = await start("bench.js", args, temporary).ended;
  expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
  expect(stderr).toMatch(
    /bench\.js: engine tensorflow: the native engine is not installed\n {2}hint: metamd engine install\n$/,
  );
  expect(stderr).not.toContain("turn 1");
  expect(readFileSync(old, "utf8")).toBe("old");
  expect(readdirSync(output)).toEqual(["bench.json"]);
});

test("a quick bench writes only where it is told to, and says that it measures nothing", async () => {
  const quick = ["--quick", "--engines", "wasm", "--models", "mlp", "--methods", "sgd_momentum", "--blocks", "1"];
  const [temporary, here, output] = [scratchFolder(), scratchFolder(), scratchFolder()];
  const quicklySaid = /^# Speeds\n\n\*\*A quick run, to see that all parts work: its numbers are no measurement\.\*\* /;
  const [nowhere, told] = await Promise.all(
    [quick, [...quick, "--output", output]].map((args) => start("bench.js", args, temporary, here).ended),
  );
  expect(nowhere).toMatchObject({ code: 0, stdout: expect.stringMatching(quicklySaid) as string });
  expect(nowhere!.stderr).not.toContain("written");
  expect(told!.code).toBe(0);
  expect(readFileSync(join(output, "bench.md"), "utf8")).toMatch(quicklySaid);
  expect(JSON.parse(readFileSync(join(output, "bench.json"), "utf8"))).toMatchObject({ quick: true });
  expect(readdirSync(here)).toEqual([]);
});

test.each([
  ["--models", "mlp"],
  ["--methods", "sgd_momentum"],
  ["--engines", "wasm"],
])("a bench of a part, %s %s, writes only where it is told to", async (...part) => {
  const [temporary, here] = [scratchFolder(), scratchFolder()];
  const running = start("bench.js", part, temporary, here);
  await until(() => running.said().includes("made ready\n"), running);
  running.kill("SIGTERM");
  await running.ended;
  expect(running.said()).toContain("a part of the bench alone is timed: without --output nothing is written\n");
  expect(readdirSync(here)).toEqual([]);
});

describe("the page of a bench", () => {
  const step = { what: "step", engine: "wasm", model: "mlp", threads: 1, milliseconds: 12 };
  const runMilliseconds = { whole: 9, step: 3, evaluation: 2, besides: 4, disk: 1 };
  const report = {
    madeAt: "2026-11-30T00:00:00Z",
    hardware: { cpu: "a processor", cores: 2 },
    instructions: "avx2",
    threads: [1],
    versions: {},
    rows: [
      { ...step, method: "sgd_momentum", timed: 1 },
      { ...step, method: "l2o", timed: 1 },
      { ...step, method: "adam", timed: 2 },
      { what: "evaluation", engine: "wasm", model: "mlp", threads: 1, milliseconds: 5, timed: 1 },
    ],
    memoryBytes: 1e9,
    helpMilliseconds: 80,
    engineMilliseconds: 300,
    runMilliseconds,
  };
  const pageOf = async (more: object): Promise<string> => {
    const { benchMarkdown } = (await import(join(BENCH, "bench-markdown.js"))) as {
      benchMarkdown(report: object): string;
    };
    return benchMarkdown({ ...report, ...more });
  };

  test("names what was timed once, however long it takes", async () => {
    const page = await pageOf({});
    expect(page).toContain("\n- Timed once on mlp with wasm: sgd_momentum, l2o.\n");
    expect(page).not.toContain("Steps of seconds");
  });

  test.each([{ whole: -3.1 }, { besides: -0.2 }])("of a run with %j says that it is too short", async (less) => {
    expect(await pageOf({})).toMatch(/a run of one step .*: 9\.0 ms, of which the step 3\.0/);
    const page = await pageOf({ runMilliseconds: { ...runMilliseconds, ...less } });
    expect(page).toMatch(/a run of one step .*: too short to be measured here\n/);
  });
});

test("a process of the bench whose parent is gone ends without a word", async () => {
  const asks = { threads: 1, engines: [], models: [], methods: [], isEvaluated: false };
  const child = spawnGroup(process.execPath, [join(BENCH, "side.js"), JSON.stringify(asks)], {});
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => (said += part));
  child.stdout.once("data", () => child.stdout.destroy());
  child.stdout.once("close", () => child.stdin.end("memory\n"));
  const [code] = (await once(child, "close")) as [number];
  expect({ code, said }).toEqual({ code: 0, said: "" });
});

test("the bench says which engine it leaves out and what it times, and a signal leaves no folder behind", async () => {
  const [temporary, output] = [scratchFolder(), scratchFolder()];
  const only = ["--models", "mlp", "--methods", "sgd_momentum", "--blocks", "1"];
  const running = start("bench.js", ["--quick", ...only, "--output", output], temporary);
  const isSweeping = (): boolean =>
    readdirSync(temporary, { recursive: true }).some((name) => /results/.test(`${name}`));
  await until(isSweeping, running);
  running.kill("SIGTERM");
  expect((await running.ended).code).toBe(143);
  expect(running.said()).toBe(
    "tensorflow, wasm: opened, and what is timed made ready\n" +
      "without engine tensorflow: the native engine is not installed; metamd engine install\n" +
      "steps of mlp on wasm with 1 thread: turn 1 of 1\n" +
      "the program, its start and sweeps of 5 and 15 runs: turn 1 of 1\n",
  );
  expect(readdirSync(temporary)).toEqual([]);
  expect(readdirSync(output)).toEqual([]);
});

test.each([
  ["cells.js", ["--engine", "wasm"], /results-0./],
  ["data-share.js", ["--no-step", "--cases", "mlp"], /data-share/],
])("Ctrl-C leaves no folder of %s behind", async (script, args, written) => {
  const temporary = scratchFolder();
  const running = start(script, args, temporary);
  await until(() => readdirSync(temporary, { recursive: true }).some((name) => written.test(`${name}`)), running);
  running.kill("SIGINT");
  expect((await running.ended).code).toBe(130);
  expect(readdirSync(temporary)).toEqual([]);
});

test("a bench that fails leaves no folder behind", async () => {
  const temporary = scratchFolder();
  const { code, stderr } = await start("cells.js", ["--engine", "none"], temporary).ended;
  expect(code).toBe(1);
  expect(stderr).toContain("none");
  expect(readdirSync(temporary)).toEqual([]);
});
