import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compare } from "../../src/cli/compare.js";
import { openRunStore } from "../../src/records/store.js";
import { CPU_ENGINE, record } from "../records/fixtures.js";
import { CELLS, PLAN, records, writeExperiment } from "../reporting/fixtures.js";
import { commandLine } from "../support/command.js";
import { scratchFolder } from "../support/folder.js";

const root = scratchFolder();
const [a, b] = [join(root, "a"), join(root, "b")];
writeExperiment(a, records());
// The second side: sgd better on the first holdout, nothing of adam, another config.
const SECOND = { ...PLAN, config: { ...PLAN.config, added: { key: 3 }, title: "other" } };
writeExperiment(
  b,
  [
    record(CELLS.sgd0[0], { testAccuracy: 0.75, auc: 1 }),
    record(CELLS.sgd0[1], { testAccuracy: 0.875, auc: 3 }),
    record(CELLS.sgd15[0], { testAccuracy: 0.5, auc: 4 }),
  ],
  SECOND,
);

const { written, run, refused } = commandLine(compare, root);
interface Json {
  readonly config: readonly { readonly key: string; readonly values: readonly (string | null)[] }[];
  readonly metrics: readonly { readonly metric: string; readonly cells: readonly Cell[] }[];
  readonly curves: readonly { readonly part: string; readonly difference: Cell["difference"] }[];
}
interface Cell {
  readonly method: string;
  readonly holdout: string;
  readonly sameRuns: number;
  readonly sides: readonly {
    readonly mean: number | string | null;
    readonly error: number | null;
    readonly n: number;
  }[];
  readonly difference: { readonly mean: number | null; readonly error: number | null; readonly paired: boolean };
}
const compared = async (...args: string[]): Promise<Json> => {
  await run("compare", ...args, "--json");
  return (JSON.parse(written.out) as Json[])[0]!;
};

describe("metamd compare", () => {
  test("gives differences with their standard errors, paired where trials are the same", async () => {
    const { metrics } = await compared(a, b);
    const of = (metric: string, method: string, holdout: string): Cell =>
      metrics
        .find((one) => one.metric === metric)!
        .cells.find((one) => one.method === method && one.holdout.endsWith(holdout))!;
    // 50 and 75 % against 75 and 87.5 %: 25 and 12.5 points, whose standard error is 8.8388 / √2.
    const paired = of("accuracy", "sgd", "0");
    expect(paired.difference).toEqual({ mean: 18.75, error: expect.closeTo(6.25, 10) as number, paired: true });
    expect(paired.sides.map(({ mean, n }) => [mean, n])).toEqual([
      [62.5, 2],
      [81.25, 2],
    ]);
    expect(paired.sameRuns).toBe(2);
    // One trial on the second side: a difference, but nothing to take its error from.
    expect(of("accuracy", "sgd", "15").difference).toEqual({ mean: 25, error: null, paired: false });
    // Diverged on the first side, absent on the second.
    const absent = of("auc", "adam", "0");
    expect(absent.sides.map(({ mean }) => mean)).toEqual(["Infinity", null]);
    expect(absent.difference.mean).toBeNull();
  });

  test("lists what differs in the configs, both ways", async () => {
    expect((await compared(a, b)).config).toContainEqual({ key: "added.key", values: [null, "3"] });
    written.out = "";
    expect((await compared(b, a)).config).toContainEqual({ key: "added.key", values: ["3", null] });
    written.out = "";
    writeExperiment(join(root, "same"), records());
    await run("compare", a, join(root, "same"));
    expect(written.out).toContain("Nothing: both have the same config.");
    expect(written.out).not.toContain("which round otherwise");
  });

  // The same runs on two machines had other numbers, and nothing said why.
  test("says where another engine or processor made the second side", async () => {
    const [e, f] = [join(root, "avx2"), join(root, "avx512")];
    for (const [folder, instructions] of [
      [e, "avx2"],
      [f, "avx512f"],
    ] as const)
      writeExperiment(folder, records({ engine: { ...CPU_ENGINE, kernels: { instructions, oneDnn: true } } }));
    await run("compare", e, f);
    expect(written.out.replaceAll(/\s+/g, " ")).toMatch(
      /runs of different engines or processors, which round otherwise \(.*avx2: 8; .*avx512f: 8\)/i,
    );
    written.out = "";
    await run("compare", e, f, "--json");
    expect((JSON.parse(written.out) as { engines: unknown }[])[0]!.engines).toHaveLength(1);
    written.out = "";
  });

  test("sets training curves against each other, by part of the run", async () => {
    const [c, d] = [join(root, "c"), join(root, "d")];
    for (const [folder, loss] of [
      [c, 2],
      [d, 1],
    ] as const) {
      const store = openRunStore(folder, PLAN.experiment);
      store.writePlan(PLAN);
      const rows = Array.from({ length: 8 }, (_none, i) => ({ step: i + 1, trainLoss: loss * (8 - i) }));
      store.write(record(CELLS.sgd0[0], { testAccuracy: 0.5 }), rows);
    }
    const { curves } = await compared(c, d);
    expect(curves.map(({ part, difference }) => [part, difference.mean])).toEqual([
      ["steps 1 to 2", -7.5],
      ["steps 3 to 4", -5.5],
      ["steps 5 to 6", -3.5],
      ["steps 7 to 8", -1.5],
    ]);
  });

  test.each(["text", "csv", "markdown", "latex"])("prints %s", async (format) => {
    await run("compare", a, b, "--format", format);
    for (const part of ["added.key", "81.25", "18.75", "6.25"]) expect(written.out).toContain(part);
  });

  test("says what is wrong with what was given", async () => {
    expect((await refused("compare", a, a)).message).toMatch(/the same folder twice/);
    expect((await refused("compare", join(root, "no"), b)).message).toMatch(/no such folder[^]*hint: name a folder/);
    mkdirSync(join(root, "empty"));
    expect((await refused("compare", join(root, "empty"), b)).message).toMatch(/no experiment in this folder/);
    writeFileSync(join(root, "file"), "");
    expect((await refused("compare", a, join(root, "file"))).message).toMatch(/file: a file\n {2}accepted: a folder/);
  });

  test("takes experiments with the same name of two results folders, or refuses with what each has", async () => {
    const [e, f] = [join(root, "e"), join(root, "f")];
    for (const name of ["one", "two"]) writeExperiment(e, [], { ...PLAN, experiment: name });
    for (const name of ["two", "three"]) writeExperiment(f, [], { ...PLAN, experiment: name });
    await run("compare", e, f, "--json");
    expect((JSON.parse(written.out) as { experiments: unknown }[]).map(({ experiments }) => experiments)).toEqual([
      ["two", "two"],
    ]);
    expect((await refused("compare", e, a)).message).toMatch(/no experiment of the same name[^]*one, two/);
    written.out = "";
    await run("compare", "one", "two", "--results", e, "--json");
    expect(written.out).toContain('"two"');
  });
});
