import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { packageRoot } from "../../src/core/files.js";
import { openRunStore } from "../../src/records/store.js";
import { runProgram } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { runMain } from "../support/main.js";
import { tool } from "../support/processes.js";
import { missing } from "../support/require.js";
import { resultsCopy } from "../support/results.js";

const root = scratchFolder();
const results = join(root, "results");
resultsCopy(results);
const exported = (...args: string[]): ReturnType<typeof runMain> => runMain("export", "--results", results, ...args);
const events = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.includes("tfevents"));

/** A Python that has tensorboard. */
const python = process.env.METAMD_TEST_TENSORBOARD ?? "python3";
const hasTensorboard = tool(python, ["-c", "import tensorboard"]).status === 0;

describe("export --tensorboard", () => {
  const to = join(root, "events");

  test("writes a folder per finished run of an experiment", async () => {
    const { code, out, err } = await exported("rotated-mnist", "--tensorboard", to);
    expect([code, out]).toEqual([EXIT.ok, `${to}\n`]);
    const store = openRunStore(results, "rotated-mnist");
    const finished = store.list().filter((id) => ["done", "diverged"].includes(store.read(id).state));
    expect(events(to)).toHaveLength(finished.length);
    expect(err).toContain(`${finished.length} runs written, 0 were there`);
    for (const id of finished) expect(events(to).filter((path) => path.includes(id))).toHaveLength(1);
  });

  test("adds what has finished since, and leaves the rest as it is", async () => {
    const [first, second] = events(to).map((path) => join(to, path));
    rmSync(first!);
    appendFileSync(second!, "x");
    const size = statSync(second!).size;
    const { out } = await exported("rotated-mnist", "--tensorboard", to, "--json");
    expect(JSON.parse(out)).toEqual({ path: to, written: 1, kept: events(to).length - 1, without: 0 });
    expect([existsSync(first!), statSync(second!).size]).toEqual([true, size]);
  });

  test("refuses a folder that holds other things, and names the ways out", async () => {
    const other = join(root, "other");
    mkdirSync(other);
    writeFileSync(join(other, "notes.txt"), "");
    const { code, err } = await exported("--tensorboard", other);
    expect(code).toBe(EXIT.usage);
    expect(err).toBe(
      `metamd: ${other}: it is not empty (notes.txt)\n` +
        "  accepted: a new or empty folder, or one that this command wrote\n" +
        "  hint: name another folder with --tensorboard\n",
    );
    expect(readdirSync(other)).toEqual(["notes.txt"]);
  });

  test("refuses a file, an unknown experiment, and options of the other export", async () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    expect((await exported("--tensorboard", file)).err).toMatch(/cannot be read: ENOTDIR[^]*hint: /);
    const unknown = await exported("rotated-mnst", "--tensorboard", join(root, "new"));
    expect(unknown.err).toMatch(/no experiment "rotated-mnst"[^]*did you mean rotated-mnist\?/);
    const both = await exported("--tensorboard", join(root, "new"), "--format", "pytorch");
    expect([both.code, both.err]).toEqual([EXIT.usage, expect.stringContaining("cannot be used with")]);
    expect(existsSync(join(root, "new"))).toBe(false);
  });

  test.skipIf(!(hasTensorboard || missing(`tensorboard in ${python} (METAMD_TEST_TENSORBOARD names a Python)`)))(
    "is what TensorBoard reads: every point of every curve, hyper-parameters, final metrics",
    async () => {
      const folder = join(root, "read");
      await exported("cifar10-desk", "--tensorboard", folder);
      const script = join(packageRoot(), "test", "reporting", "tensorboard", "read_events.py");
      const { stdout } = await runProgram(python, [script, folder]);
      const runs = Object.entries(JSON.parse(stdout) as Record<string, Read>);
      const store = openRunStore(results, "cifar10-desk");
      expect(runs).toHaveLength(events(folder).length);
      for (const [name, { scalars, hparams, started }] of runs) {
        const record = store.read(name.slice(-16));
        const curve = store
          .curve(record.id)
          .flatMap(({ step, trainLoss }) => (trainLoss === undefined ? [] : [[step, inPython(trainLoss)]]));
        expect(scalars["loss/train"] ?? []).toEqual(curve);
        const { testAccuracy } = record.metrics;
        if (testAccuracy !== undefined) expect(scalars["final/test_accuracy"]![0]![1]).toBe(Math.fround(testAccuracy));
        expect(started).toBe(Date.parse(record.startedAt) / 1000);
        expect(hparams).toMatchObject({ method: record.cell.method, phase: record.cell.phase, seed: record.cell.seed });
        if (record.selected !== undefined) expect(hparams["learning_rate"]).toBe(record.selected.learningRate);
      }
    },
  );
});

/** A number as Python has it after a float32. */
const inPython = (value: number): number | string => {
  const held = Math.fround(value);
  if (Number.isNaN(held)) return "nan";
  return Number.isFinite(held) ? held : held > 0 ? "inf" : "-inf";
};

interface Read {
  readonly scalars: Readonly<Record<string, [number, number | string][]>>;
  readonly hparams: Readonly<Record<string, unknown>>;
  readonly started: number;
}

test("export without a name says what can be exported", async () => {
  const { code, err } = await exported();
  expect(code).toBe(EXIT.usage);
  expect(err).toContain("accepted: the id of a meta-training, or --tensorboard FOLDER");
});
