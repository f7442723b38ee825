import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { programVersion } from "../../src/core/files.js";
import { readLearned, writeLearned, type LearnedFile } from "../../src/records/learned.js";
import { NUMERICS } from "../../src/records/numerics.js";
import { readSafetensors, writeSafetensors } from "../../src/records/safetensors.js";
import { openRunStore } from "../../src/records/store.js";
import { scratchFolder, userError } from "../support/folder.js";
import { plan, record, trialCell } from "./fixtures.js";

const results = scratchFolder();
const cell = trialCell(1, "sgd", "mnist", 0);
const LEARNED: LearnedFile = {
  numerics: NUMERICS,
  method: "metamd",
  run: cell.id,
  settings: {},
  domains: [],
  model: { kind: "mlp" },
  parameters: {},
  blocks: { fc: { rows: 1, columns: 1 } },
  shared: [],
  values: { fc: { a: Float64Array.of(1) } },
};

/** An experiment's folder whose files say other numerics, or none. */
function written(name: string, numerics: number | undefined) {
  const store = openRunStore(results, name);
  store.writePlan(plan([cell], { experiment: name, config: { name: "small" } }));
  store.write(record(cell, { auc: 1 }), []);
  const learned = store.learnedFile(cell.id);
  writeLearned(learned, LEARNED);
  for (const path of [join(store.folder, "plan.json"), join(store.folder, "runs", cell.id, "record.json")]) {
    const held = JSON.parse(readFileSync(path, "utf8")) as object;
    expect(held).toMatchObject({ numerics: NUMERICS });
    writeFileSync(path, JSON.stringify({ ...held, numerics, checksum: undefined })); // earlier programs wrote none
  }
  rmSync(join(store.folder, "runs", cell.id, "SHA256SUMS")); // earlier programs wrote none
  const { tensors, metadata } = readSafetensors(learned);
  const { numerics: own, ...others } = metadata;
  expect(own).toBe(String(NUMERICS));
  writeSafetensors(learned, {
    tensors,
    metadata: { ...others, ...(numerics !== undefined && { numerics: String(numerics) }) },
  });
  return store;
}

describe("numerics of files", () => {
  test("are 1 where a plan, a record or a learned file says nothing", () => {
    const store = written("silent", undefined);
    expect(store.plan()!.numerics).toBe(1);
    expect(store.read(cell.id).numerics).toBe(1);
    expect(readLearned(store.learnedFile(cell.id)).numerics).toBe(1);
  });

  test("of a later program are refused, with the program that reads them", () => {
    const later = NUMERICS + 1;
    const store = written("later", later);
    const message = (path: string, commit: string): string =>
      `${path}: numerics ${later}, of a later metamd\n` +
      `  accepted: numerics 1 to ${NUMERICS}, which this metamd ${programVersion()} knows\n` +
      `  hint: use the metamd that wrote it${commit}, or other files`;
    const planFile = join(store.folder, "plan.json");
    const recordFile = join(store.folder, "runs", cell.id, "record.json");
    const refused = userError(() => store.plan());
    expect([refused.exitCode, refused.message]).toEqual([EXIT.data, message(planFile, "")]);
    expect(userError(() => store.read(cell.id)).message).toBe(message(recordFile, " (commit abc)"));
    const learned = store.learnedFile(cell.id);
    expect(userError(() => readLearned(learned)).message).toBe(message(learned, ""));
  });

  test("that are none name the file", () => {
    const store = written("none", 0);
    expect(userError(() => store.plan()).message).toContain("plan.json: numerics: ");
    expect(userError(() => readLearned(store.learnedFile(cell.id))).message).toContain("metadata numerics");
  });

  test("a plan of earlier ones is read, and never gone on with", () => {
    const store = written("earlier", 1);
    const { exitCode, message } = userError(() => store.writePlan(store.plan()!));
    expect(exitCode).toBe(EXIT.usage);
    expect(message).toBe(
      `${store.folder}: runs of numerics 1, before full batches\n` +
        `  accepted: a folder of numerics ${NUMERICS}, which this metamd computes: the two are never mixed\n` +
        "  hint: keep it, since tables, figures and reports read it; " +
        `make new runs with --set name=small-numerics-${NUMERICS}, or in another --results folder`,
    );
    expect(store.plan()!.numerics).toBe(1);
  });
});
