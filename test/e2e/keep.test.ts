import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { extract } from "tar";
import { expect, test } from "vitest";
import { packageRoot, writeAtomic } from "../../src/core/files.js";
import { writeSums } from "../../src/records/checksums.js";
import { readRecords } from "../../src/records/index.js";
import { jsonText, writeJson } from "../../src/records/json-file.js";
import { planSchema } from "../../src/records/plan.js";
import { recordSchema } from "../../src/records/record.js";
import { runProgram, type Ended } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";

const EXPERIMENT = "fine-tuning-smoke";
const LEARNED = join("high-resolution-smoke", "learned", "0123456789abcdef", "optimiser.safetensors");

/** Results of a machine: plan and records name what was learned by its path, and have their checksums. */
function resultsWith(learned: string, results: string): string {
  const folder = join(results, EXPERIMENT);
  cpSync(join(packageRoot(), "test", "fixtures", "results", EXPERIMENT), folder, { recursive: true });
  const { plan, runs } = readRecords(folder);
  const naming = <Held extends { config: Record<string, unknown> }>(held: Held): Held => ({
    ...held,
    config: { ...held.config, learnedFiles: { metamd: learned } },
  });
  writeJson(join(folder, "plan.json"), planSchema, naming(plan));
  for (const { record } of runs) {
    const text = jsonText(recordSchema, naming(record));
    const own = join(folder, "runs", record.id);
    writeSums(own, { "record.json": text, "curve.csv": readFileSync(join(own, "curve.csv")) });
    writeAtomic(join(own, "record.json"), text);
  }
  return folder;
}

const keep = (results: string, to: string, ...more: string[]): Promise<Ended> =>
  runProgram(process.execPath, [
    join(packageRoot(), "scripts", "reproduce", "keep.js"),
    ...[results, EXPERIMENT, "--to", to, ...more],
  ]);

/** Unpacks what was kept. @returns the experiment's folder. */
function unpacked(kept: string, results: string): string {
  const records = join(kept, EXPERIMENT, "records");
  for (const name of readdirSync(records)) extract({ file: join(records, name), cwd: results, sync: true });
  return join(results, EXPERIMENT);
}

test("what is kept names no folder of the machine, and its checksums are right", async () => {
  const [results, kept, back] = [scratchFolder(), scratchFolder(), scratchFolder()];
  resultsWith(join(results, LEARNED), results);
  const { code, stderr } = await keep(results, kept);
  expect(code, stderr).toBe(0);
  const { plan, runs } = readRecords(unpacked(kept, back));
  expect(runs.length).toBeGreaterThan(0);
  for (const { config } of [plan, ...runs.map(({ record }) => record)])
    expect(config["learnedFiles"]).toEqual({ metamd: `results/${LEARNED}` });
});

test("a path that no other machine has is refused", async () => {
  const [results, kept] = [scratchFolder(), scratchFolder()];
  const elsewhere = join(scratchFolder(), "optimiser.safetensors");
  resultsWith(elsewhere, results);
  const { code, stderr } = await keep(results, kept);
  expect(code).toBe(1);
  expect(stderr).toContain(`names ${elsewhere}, which no other machine has`);
  expect(readdirSync(kept)).toEqual([]);
});
