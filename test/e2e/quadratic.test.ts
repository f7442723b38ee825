import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { metamd, start } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { drill } from "../support/require.js";
import { until } from "../support/until.js";

const CONFIG = join(packageRoot(), "configs", "quadratic.yaml");
const smoke = ["quadratic", "--config", CONFIG, "--preset", "smoke"];

/** Every file of the analyses without the times in it. */
function bytesOf(results: string): Record<string, string> {
  const folder = join(results, "quadratic-smoke", "analyses");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /\.\w+$/.test(name));
  const timeless = (text: string): string => text.replace(/^ {2}"(startedAt|finishedAt|wallMilliseconds)": .*\n/gm, "");
  return Object.fromEntries(files.sort().map((name) => [name, timeless(readFileSync(join(folder, name), "utf8"))]));
}

describe("metamd quadratic", () => {
  test("prints the table, tells what it does on stderr, and does nothing twice", async () => {
    const folder = scratchFolder();
    const first = await metamd(folder, ...smoke);
    expect(first.stderr).toContain("bottom: learned m = (");
    expect(first.stderr).toContain("18 analyses done, 0 were done before");
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(
      /^Learning rates tuned: iterations\nfamily +method +learning rate +mean +median +wins +converged\n/,
    );
    expect(first.stdout).toMatch(/\nbottom +sgd +0\.05 +\d+\.\d +\d+ +0 +\d\/3\n/);
    const again = await metamd(folder, ...smoke);
    expect(again.stdout).toBe(first.stdout);
    expect(again.stderr).toBe("0 analyses done, 18 were done before\n");
    const quiet = await metamd(folder, ...smoke, "--json", "--quiet");
    expect(quiet.stderr).toBe("");
    const { experiment, rows } = JSON.parse(quiet.stdout) as { experiment: string; rows: object[] };
    expect([experiment, rows.length]).toEqual(["quadratic-smoke", 16]);
  });

  drill("Ctrl-C stops it with 130; it goes on to the same bytes", async () => {
    const folder = scratchFolder();
    const slow = [...smoke, "--set", "learning.hypergradient=general", "--set", "learning.outerSteps=100"];
    const whole = await metamd(folder, ...slow, "--results", "whole");
    expect(whole.code).toBe(0);
    const running = start(folder, [...slow, "--results", "broken"]);
    // The flat family is slow to learn step by step: everything of the other is finished then.
    await until(() => running.said().includes("top: adam, same-lr"), running);
    running.kill("SIGINT");
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stderr).toContain("interrupted; run the same command again to go on");
    const analyses = join(folder, "broken", "quadratic-smoke", "analyses");
    expect(readdirSync(analyses).some((id) => existsSync(join(analyses, id, "checkpoint")))).toBe(true);
    const resumed = await metamd(folder, ...slow, "--results", "broken");
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toContain("9 analyses done, 9 were done before");
    expect(resumed.stdout).toBe(whole.stdout);
    expect(bytesOf(join(folder, "broken"))).toEqual(bytesOf(join(folder, "whole")));
  });

  test("a wrong config ends it with 2", async () => {
    const { code, stderr, stdout } = await metamd(scratchFolder(), ...smoke, "--set", "learning.outerSteps=0");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^metamd: --set learning\.outerSteps: given 0\n/);
  });
});
