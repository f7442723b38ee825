import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { metamd, start } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { drill } from "../support/require.js";
import { until } from "../support/until.js";

const QUICKSTART = join(packageRoot(), "configs", "quickstart.yaml");
const folder = scratchFolder();
const config = (keep: boolean): string[] => [
  ...["--config", QUICKSTART, "--preset", "smoke", "--engine", "wasm"],
  ...["--set", "methods=[sgd, adam]", "--set", "trials=2"],
  ...(keep ? ["--set", "keepWeights=true", "--set", "analysis={images: 60, lanczosSteps: 8}"] : []),
];
const results = join(folder, "results", "quickstart-smoke");
const analyses = (): string[] => {
  const all = join(results, "analyses");
  return existsSync(all) ? readdirSync(all).filter((id) => existsSync(join(all, id, "record.json"))) : [];
};
const analyse = (kind: string, ...more: string[]) => metamd(folder, "analyse", kind, ...config(true), ...more);

describe("metamd analyse", () => {
  drill("before any run, and of runs that kept no weights, says what to do", async () => {
    const early = await analyse("sharpness");
    expect(early.code).toBe(2);
    expect(early.stderr).toContain("metamd: results/quickstart-smoke: no experiment in this folder");
    expect((await metamd(folder, "run", ...config(false), "--jobs", "1", "--quiet")).code).toBe(0);
    const bare = await analyse("rank");
    expect(bare.code).toBe(3);
    expect(
      bare.stderr.match(/^metamd: results\/quickstart-smoke\/runs\/[0-9a-f]{16}\/weights.safetensors: missing/gm),
    ).toHaveLength(4);
    expect(bare.stderr).toContain("hint: set keepWeights: true");
    rmSync(results, { recursive: true });
  });

  drill("sharpness, landscape and rank print a row for every method, and what they computed stays", async () => {
    expect((await metamd(folder, "run", ...config(true), "--jobs", "1", "--quiet")).code).toBe(0);
    const sharpness = await analyse("sharpness");
    expect(sharpness.code).toBe(0);
    expect(sharpness.stdout).toMatch(/^dataset +method +trials +eigenvalue +times \|θ\|² +residual +converged$/m);
    expect(sharpness.stdout).toMatch(/^synthetic-rotated\/75 +SGD +2 +\d.* ± /m);
    expect(sharpness.stdout).toMatch(/^synthetic-rotated\/75 +Adam +2 +\d.* ± /m);
    expect(sharpness.stderr.match(/trial [01]: eigenvalues .* residual .* products/g)).toHaveLength(4);
    expect(sharpness.stderr).toContain("4 analyses made, 0 were made before, 0 failed");

    const landscape = await analyse("landscape", "--points", "5", "--method", "adam", "--trial", "1", "--json");
    expect(landscape.code).toBe(0);
    const shown = JSON.parse(landscape.stdout) as { made: number; records: { settings: object }[] };
    expect(shown).toMatchObject({ made: 1, records: [{ kind: "landscape", settings: { points: 5 }, trial: 1 }] });

    const rank = await analyse("rank", "--quiet");
    expect(rank.code).toBe(0);
    expect(rank.stderr).toBe("");
    const rows = rank.stdout.match(/ (test|train) +(SGD|Adam) /g)!.map((text) => text.trim().replace(/ +/, " "));
    expect(rows).toEqual(["test SGD", "test Adam", "train SGD", "train Adam"]);

    const again = await analyse("sharpness");
    expect(again.stdout).toBe(sharpness.stdout);
    expect(again.stderr).not.toContain("engine");
    expect(again.stderr).toContain("0 analyses made, 4 were made before, 0 failed");
    expect(analyses()).toHaveLength(4 + 1 + 8);
  });

  drill("stopped by Ctrl-C or kill -9, goes on to the same table", async () => {
    const whole = await analyse("landscape");
    rmSync(join(results, "analyses"), { recursive: true });
    for (const [signal, done] of [
      ["SIGINT", 1],
      ["SIGKILL", 3],
    ] as const) {
      const running = start(folder, ["analyse", "landscape", ...config(true)]);
      await until(() => analyses().length >= done, running);
      running.kill(signal);
      const ended = await running.ended;
      expect(ended.code ?? ended.signal).toBe(signal === "SIGINT" ? 130 : "SIGKILL");
    }
    const resumed = await analyse("landscape");
    expect(resumed.code).toBe(0);
    expect(resumed.stdout).toBe(whole.stdout);
    expect(analyses()).toHaveLength(8);
  });

  drill("refuses what is unknown, with exit code 2", async () => {
    const method = await analyse("rank", "--method", "sdg");
    expect(method.code).toBe(2);
    expect(method.stderr).toContain("did you mean sgd?");
    const trial = await analyse("rank", "--trial", "7");
    expect(trial.code).toBe(2);
    expect(trial.stderr).toContain("metamd: --trial: given 7\n  accepted: 0 to 1\n");
    const points = await analyse("landscape", "--points", "1");
    expect(points.code).toBe(2);
    expect(points.stderr).toContain("--set analysis.landscape.points: given 1");
    const kind = await metamd(folder, "analyse", "curvature");
    expect(kind.code).toBe(2);
    expect((await metamd(folder, "analyse", "--help")).stdout).toMatch(/sharpness[^]*landscape[^]*rank/);
  });
});
