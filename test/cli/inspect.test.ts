import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { inspect } from "../../src/cli/inspect.js";
import { writeLearned } from "../../src/records/learned.js";
import { writeSafetensors } from "../../src/records/safetensors.js";
import { NUMERICS } from "../../src/records/numerics.js";
import { records, writeExperiment } from "../reporting/fixtures.js";
import { commandLine } from "../support/command.js";
import { scratchFolder } from "../support/folder.js";

const folder = scratchFolder();
const results = join(folder, "results");
writeExperiment(results, records());
const runFolder = join(results, "small", "runs", "0000000000000002");
const { written, run, refused } = commandLine(inspect, results);

describe("metamd inspect", () => {
  it("a record, by its file or its folder", async () => {
    await run("inspect", join(runFolder, "record.json"));
    expect(written.out).toMatch(/\nstate +done\n/);
    expect(written.out).toMatch(/\nmetrics\.testAccuracy +0\.5\n/);
    written.out = "";
    await run("--json", "inspect", runFolder);
    expect(JSON.parse(written.out)).toMatchObject({ id: "0000000000000002", metrics: { auc: 1 } });
  });

  it("a plan", async () => {
    await run("inspect", join(results, "small"));
    expect(written.out).toMatch(/\nmethods +[^{}]+\n/);
    expect(written.out).toMatch(/\nruns +9: \d+ tune, \d+ trial\n/);
    expect(written.out).not.toMatch(/[{}]|smallSets/);
  });

  it("a learned optimiser: s and t of every block", async () => {
    const path = join(folder, "optimiser.safetensors");
    writeLearned(path, {
      numerics: NUMERICS,
      method: "metamd",
      run: "0123456789abcdef",
      settings: { gamma: 0.5 },
      domains: ["mnist"],
      model: { kind: "mlp" },
      parameters: { "fc1.weight": [2, 3] },
      blocks: { "fc1.weight": { rows: 2, columns: 3 } },
      shared: [],
      values: { "fc1.weight": { a: Float32Array.of(1, 2, 2), b: Float32Array.of(3, 4) } },
    });
    await run("inspect", path);
    expect(written.out).toMatch(/\nsettings\.gamma +0\.5\n/);
    expect(written.out).toMatch(/\nblock +out x in +s = \|a\|\^2 +t = \|b\|\^2\n[- ]+\nfc1\.weight +2x3 +9 +25\n$/);
    written.out = "";
    await run("--json", "inspect", path);
    expect(JSON.parse(written.out)).toMatchObject({ kind: "learned", blocks: [{ squaredNorms: { a: 9, b: 25 } }] });
  });

  it("any safetensors file", async () => {
    const path = join(folder, "any.safetensors");
    const tensors = {
      theta: { shape: [1, 2], values: Float64Array.of(3, 4) },
      n: { shape: [], values: Int32Array.of(-2) },
    };
    writeSafetensors(path, { tensors, metadata: { made: "by hand" } });
    await run("inspect", path);
    expect(written.out).toBe(
      "made  by hand\n\ntensor  type     shape   norm\n------  -------  ------  ----\n" +
        "n       int32    []         2\ntheta   float64  [1, 2]     5\n",
    );
  });

  it("nothing else", async () => {
    writeFileSync(join(folder, "notes.txt"), "");
    const accepted = "\n  accepted: a .safetensors file, a record.json, a plan.json, or the folder of one\n";
    for (const [path, given] of [
      [join(folder, "absent"), "no such file"],
      [results, "a folder with none of our files"],
      [join(folder, "notes.txt"), "a file of another kind"],
    ] as const)
      expect((await refused("inspect", path)).message).toContain(`${path}: ${given}${accepted}`);
  });
});
