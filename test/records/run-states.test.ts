import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readRunStates } from "../../src/records/status.js";
import { openRunStore } from "../../src/records/store.js";
import { scratchFolder } from "../support/folder.js";
import { record, runIdOf, trialCell } from "./fixtures.js";

const store = openRunStore(scratchFolder(), "small");

test("states are read from records; what is no record is damaged, and says how", () => {
  expect(readRunStates(store.folder)).toEqual(new Map());
  const write = (id: number, more: Parameters<typeof record>[2]): void =>
    store.write(record(trialCell(id, "sgd", "rotated-mnist/0", 0), { auc: Infinity }, more), []);
  write(1, {});
  write(2, { state: "diverged" });
  write(3, { state: "failed", failure: "out of memory" });
  const path = (id: number): string => join(store.folder, "runs", runIdOf(id), "record.json");
  const good = readFileSync(path(1), "utf8");
  mkdirSync(join(store.folder, "runs", runIdOf(4), "checkpoint"), { recursive: true });
  const damaged: [number, string][] = [
    [5, good.slice(0, 50)],
    [6, good.replace('"schemaVersion": 1', '"schemaVersion": 0')],
    [7, good],
    [8, good.replace('"state": "done"', '"state": "fine"').replace(runIdOf(1), runIdOf(8))],
  ];
  for (const [id, text] of damaged) {
    mkdirSync(join(store.folder, "runs", runIdOf(id)));
    writeFileSync(path(id), text);
  }
  const states = readRunStates(store.folder);
  const reason = states.get(runIdOf(5))!.reason!;
  expect(reason).toMatch(/^not valid JSON: /);
  expect(states).toEqual(
    new Map([
      [runIdOf(1), { state: "done" }],
      [runIdOf(2), { state: "diverged" }],
      [runIdOf(3), { state: "failed", reason: "out of memory" }],
      [runIdOf(5), { state: "damaged", reason }],
      [runIdOf(6), { state: "damaged", reason: "schemaVersion 0, not 1" }],
      [runIdOf(7), { state: "damaged", reason: `the record of run ${runIdOf(1)}` }],
      [runIdOf(8), { state: "damaged", reason: "not a run record" }],
    ]),
  );
});
