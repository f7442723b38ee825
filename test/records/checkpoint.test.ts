import type * as Fs from "node:fs";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { EXIT } from "../../src/core/errors.js";
import { readCheckpoint, removeCheckpoint, writeCheckpoint } from "../../src/records/checkpoint.js";
import { measured } from "../../src/records/number.js";
import { scratchFolder, userError } from "../support/folder.js";

const kill = vi.hoisted(() => ({ beforeRename: Infinity, afterRename: (to: string): unknown => to }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof Fs>();
  return {
    ...fs,
    renameSync: (from: string, to: string) => {
      if (kill.beforeRename-- === 0) throw new Error("killed");
      fs.renameSync(from, to);
      kill.afterRename(to);
    },
  };
});
afterEach(() => Object.assign(kill, { beforeRename: Infinity, afterRename: (to: string) => to }));

const root = scratchFolder();
let number = 0;
const fresh = (): string => join(root, String(number++), "checkpoint");

const schema = z.strictObject({ step: z.int(), losses: z.array(measured) });
const OLD = {
  tensors: { "theta/fc1.weight": Float32Array.of(1, -0, 1e-45, 3.4e38), "optimiser/t": Int32Array.of(3) },
  progress: { step: 3, losses: [0.1, 1 / 3, 5e-324] },
};
const NEW = {
  tensors: { "theta/fc1.weight": Float64Array.of(NaN, 2) },
  progress: { step: 4, losses: [NaN, Infinity] },
};

describe("checkpoint", () => {
  it("comes back bit by bit", () => {
    const folder = fresh();
    expect(readCheckpoint(folder, schema)).toBeUndefined();
    writeCheckpoint(folder, schema, OLD);
    const back = readCheckpoint(folder, schema)!;
    expect(back).toEqual(OLD);
    expect(Object.is(back.tensors["theta/fc1.weight"]![1], -0)).toBe(true);
    writeCheckpoint(folder, schema, NEW);
    expect(readCheckpoint(folder, schema)).toEqual(NEW);
    expect(readdirSync(folder)).toHaveLength(2);
    removeCheckpoint(folder);
    expect(existsSync(folder)).toBe(false);
  });

  it("of more than Node reads and writes at once comes back, too", { timeout: 300_000 }, () => {
    const folder = fresh();
    const large = new Float32Array(2 ** 29 + 2);
    [large[0], large[2 ** 29 + 1]] = [1, 2];
    writeCheckpoint(folder, schema, { ...OLD, tensors: { "optimiser/large": large, ...OLD.tensors } });
    const back = readCheckpoint(folder, schema)!;
    removeCheckpoint(folder);
    const { "optimiser/large": values, ...others } = back.tensors;
    expect([values!.length, values![0], values![2 ** 29], values!.at(-1)]).toEqual([2 ** 29 + 2, 1, 0, 2]);
    expect(others).toEqual(OLD.tensors);
  });

  it.each([
    ["before the state is in place", 0, OLD],
    ["between the state and the progress", 1, OLD],
    ["after both", 2, NEW],
  ])("is whole when the program is killed %s", (_when, renames, expected) => {
    const folder = fresh();
    writeCheckpoint(folder, schema, OLD);
    kill.beforeRename = renames;
    if (renames < 2) expect(() => writeCheckpoint(folder, schema, NEW)).toThrow("killed");
    else writeCheckpoint(folder, schema, NEW);
    kill.beforeRename = Infinity;
    expect(readCheckpoint(folder, schema)).toEqual(expected);
    writeCheckpoint(folder, schema, NEW);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it("does not mind that its folder vanishes once it is whole", () => {
    const folder = fresh();
    kill.afterRename = (to) => to.endsWith("progress.json") && rmSync(folder, { recursive: true });
    writeCheckpoint(folder, schema, OLD);
    expect(existsSync(folder)).toBe(false);
  });

  it("refuses a state that is missing or another", () => {
    const folder = fresh();
    writeCheckpoint(folder, schema, OLD);
    const [state] = readdirSync(folder).filter((name) => name.endsWith(".safetensors"));
    renameSync(join(folder, state!), join(folder, "away"));
    const missing = userError(() => readCheckpoint(folder, schema));
    expect(missing.exitCode).toBe(EXIT.data);
    expect(missing.message).toBe(
      `${join(folder, state!)}: missing\n  accepted: the state that progress.json names\n` +
        "  hint: delete the checkpoint folder: the run then starts again from step 0",
    );
    writeFileSync(join(folder, state!), "something else");
    expect(userError(() => readCheckpoint(folder, schema)).message).toContain("contents of state-");
  });

  it("refuses progress of another form or version", () => {
    const folder = fresh();
    mkdirSync(folder, { recursive: true });
    const path = join(folder, "progress.json");
    const state = "state-0123456789abcdef.safetensors";
    const cases: [unknown, string][] = [
      [
        { schemaVersion: 2, state, progress: {} },
        `${path}: schemaVersion 2\n  accepted: a checkpoint of schemaVersion 1`,
      ],
      [{ schemaVersion: 1, state: "../../x", progress: {} }, `${path}: state: `],
      [{ schemaVersion: 1, state, progress: { step: "x", losses: [] } }, `${path}: step: `],
    ];
    for (const [contents, message] of cases) {
      writeFileSync(path, JSON.stringify(contents));
      expect(userError(() => readCheckpoint(folder, schema)).message).toContain(message);
    }
    rmSync(path);
    writeFileSync(path, '{"schemaVersion": 1,');
    expect(userError(() => readCheckpoint(folder, schema)).message).toContain(`${path}: not valid JSON: `);
  });
});
