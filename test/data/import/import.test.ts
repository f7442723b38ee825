import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT, UserError } from "../../../src/core/errors.js";
import { importDataset } from "../../../src/data/import/import.js";
import { datasetStatus } from "../../../src/data/store/status.js";
import { verifyDatasets } from "../../../src/data/store/verify.js";
import { realData } from "../../support/require.js";
import { errorOf, writeSmallMnist } from "../fixtures.js";
import { scratchFolder } from "../../support/folder.js";

const folder = scratchFolder();
const small = writeSmallMnist(join(folder, "small"), { train: 200, test: 50 });
const fresh = (name: string): string => join(folder, name);

/** Every file below a folder of datasets. */
const filesIn = (root: string): string[] =>
  existsSync(root)
    ? readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
        .sort()
    : [];

const dataError = async (call: () => unknown): Promise<UserError> => {
  const error = await errorOf(call);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).exitCode).toBe(EXIT.data);
  return error as UserError;
};

describe("importDataset", () => {
  it("refuses files with other bytes, naming both checksums, and leaves nothing", async () => {
    const root = fresh("wrong");
    const error = await dataError(() => importDataset(root, "mnist", [small]));
    expect(error.faults.length).toBe(4);
    expect(error.faults[0]!.where).toBe(join(small, "train-images-idx3-ubyte.gz"));
    expect(error.faults[0]!.given).toMatch(/^sha256 [0-9a-f]{64}, \d+ bytes$/);
    expect(error.faults[0]!.accepted).toMatch(/^sha256 440fcabf[0-9a-f]+, 9912422 bytes \(manifest\)$/);
    expect(filesIn(root)).toEqual([]);
    expect(datasetStatus(root, "mnist")).toMatchObject({ state: "absent", bytesNeeded: 11594722 });
  });

  it("names missing files, paths that do not exist, and sets that have no files", async () => {
    const empty = fresh("empty");
    mkdirSync(empty);
    expect((await dataError(() => importDataset(fresh("x"), "mnist", [empty]))).message).toContain("t10k-labels-idx1");
    expect((await dataError(() => importDataset(fresh("x"), "mnist", [fresh("no")]))).message).toContain(
      "no such file",
    );
    const derived = await dataError(() => importDataset(fresh("x"), "rotated-mnist", [small]));
    expect(derived.message).toContain("metamd data import mnist PATH");
    expect((await dataError(() => importDataset(fresh("x"), "synthetic-digits", [small]))).message).toContain(
      "generated",
    );
  });

  it("takes other files with partial, marks them, and keeps the given ones", async () => {
    const root = fresh("partial");
    const announced: string[] = [];
    const onFile = (name: string): void => void announced.push(name);
    const report = await importDataset(root, "mnist", [small], { partial: true, onFile });
    expect(report).toMatchObject({ state: "partial", counts: { train: 200, test: 50 }, missing: [] });
    expect(announced.sort()).toEqual(filesIn(small));
    expect(filesIn(root).length).toBe(5);
    expect(filesIn(small).length).toBe(4);
    expect(datasetStatus(root, "mnist")).toMatchObject({
      state: "partial",
      counts: { train: 200 },
      bytesNeeded: 11594722,
    });
    expect(datasetStatus(root, "rotated-mnist")).toMatchObject({ state: "partial", source: "mnist" });
  });

  it("refuses what cannot be decoded even with partial", async () => {
    const broken = writeSmallMnist(fresh("broken"), { train: 20, test: 10 });
    renameSync(join(broken, "t10k-labels-idx1-ubyte.gz"), join(broken, "train-labels-idx1-ubyte.gz"));
    const root = fresh("broken-root");
    const error = await dataError(() => importDataset(root, "mnist", [broken], { partial: true }));
    expect(error.message).toMatch(/shape 20x28x28[^]*10x28x28/);
    expect(filesIn(root)).toEqual([]);
  });

  it("starts over after an interruption, which leaves no file in place", async () => {
    const root = fresh("interrupted");
    let begun = 0;
    const interrupt = (): void => {
      if (++begun > 3) throw new Error("power cut");
    };
    await expect(importDataset(root, "mnist", [small], { partial: true, onFile: interrupt })).rejects.toThrow(
      "power cut",
    );
    expect(filesIn(root)).toEqual([]);
    writeFileSync(join(root, "mnist", "raw", "t10k-labels-idx1-ubyte.gz.copy"), "half");
    expect(datasetStatus(root, "mnist").state).toBe("absent");
    expect((await importDataset(root, "mnist", [small], { partial: true })).state).toBe("partial");
    expect(filesIn(root).some((name) => name.endsWith(".copy"))).toBe(false);
  });

  it("deletes the given files with move, but never those in place", async () => {
    const root = fresh("moved");
    const given = writeSmallMnist(fresh("to-move"), { train: 20, test: 10 });
    await importDataset(root, "mnist", [given], { partial: true, move: true });
    expect(filesIn(given)).toEqual([]);
    await importDataset(root, "mnist", [join(root, "mnist", "raw")], { partial: true, move: true });
    expect(filesIn(root).length).toBe(5);
  });
});

describe("verifyDatasets", () => {
  it("finds a flipped byte and a missing file, and remembers them until the next import", async () => {
    const root = fresh("flipped");
    await importDataset(root, "mnist", [small], { partial: true });
    expect((await verifyDatasets(root, [])).map(({ state }) => state)).toEqual(["ok", "ok", "ok", "ok"]);

    const victim = join(root, "mnist", "raw", "train-images-idx3-ubyte.gz");
    const bytes = readFileSync(victim);
    bytes[100] = bytes[100]! ^ 1;
    writeFileSync(victim, bytes);
    expect(datasetStatus(root, "mnist").state).toBe("partial");
    expect((await verifyDatasets(root, ["rotated-mnist"])).map(({ state }) => state)).toEqual([
      "different",
      "ok",
      "ok",
      "ok",
    ]);
    expect(datasetStatus(root, "mnist").state).toBe("corrupt");

    await importDataset(root, "mnist", [small], { partial: true });
    expect(datasetStatus(root, "mnist").state).toBe("partial");
    renameSync(victim, join(folder, "away"));
    expect(datasetStatus(root, "mnist").state).toBe("corrupt");
    expect((await verifyDatasets(root, ["mnist"]))[0]!.state).toBe("missing");
  });

  it("has nothing to do where nothing is stored, and says so when asked for a set by name", async () => {
    expect(await verifyDatasets(fresh("none"), [])).toEqual([]);
    expect(await verifyDatasets(fresh("none"), ["synthetic-digits"])).toEqual([]);
    const error = await dataError(() => verifyDatasets(fresh("none"), ["mnist"]));
    expect(error.message).toContain("metamd data import mnist PATH");
  });

  it("refuses an unreadable record", async () => {
    const root = fresh("unreadable");
    mkdirSync(join(root, "mnist"), { recursive: true });
    writeFileSync(join(root, "mnist", "state.json"), "{");
    expect((await dataError(() => datasetStatus(root, "mnist"))).message).toMatch(/state\.json: unreadable/);
  });
});

const real = realData("MNIST");
describe.skipIf(real === undefined)("the official files", () => {
  it("are found by name and by checksum, completed step by step", async () => {
    const root = fresh("official");
    const renamed = fresh("renamed");
    mkdirSync(renamed);
    for (const name of ["t10k-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz"])
      writeFileSync(join(renamed, `downloaded-${name}`), readFileSync(join(real!, name)));
    const half = await importDataset(root, "mnist", [renamed], { partial: true });
    expect(half).toMatchObject({ state: "partial", counts: { test: 10000 } });
    expect(half.missing).toEqual(["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"]);
    expect(datasetStatus(root, "mnist").bytesNeeded).toBe(9941303);

    const trains = half.missing.map((name) => join(real!, name));
    const whole = await importDataset(root, "mnist", trains);
    expect(whole).toMatchObject({ state: "ready", counts: { train: 60000, test: 10000 }, missing: [], warnings: [] });
    expect(whole.stored.length).toBe(2);
    expect(datasetStatus(root, "mnist")).toMatchObject({ state: "ready", bytesNeeded: 0 });
    expect((await verifyDatasets(root, ["mnist"])).every(({ state }) => state === "ok")).toBe(true);
  });
});
