import { describe, expect, test } from "vitest";
import { openLedger } from "../../src/runs/ledger.js";
import { trialCell, tuneCell } from "../records/fixtures.js";

const sgd = tuneCell(1, "sgd", "d/0", 0.1);
const adam = tuneCell(2, "adam", "d/0", 0.1);
const needsSgd = { ...trialCell(3, "sgd", "d/0", 0), dependsOn: [sgd.id] };
const needsBoth = { ...trialCell(4, "sgd", "d/0", 1), dependsOn: [adam.id, needsSgd.id] };
const CELLS = [sgd, adam, needsSgd, needsBoth];
const NOBODY = { done: 0, alreadyDone: 0, diverged: 0, skipped: 0, failed: [] };
const none = (): boolean => false;

describe("a ledger", () => {
  test("offers what needs no unsettled cell, in the plan's order", () => {
    const ledger = openLedger(CELLS, none);
    expect(ledger.ready()).toEqual([sgd, adam]);
    ledger.start(sgd);
    expect(ledger.ready()).toEqual([adam]);
    expect(ledger.open()).toEqual([adam, needsSgd, needsBoth]);
    ledger.end(sgd, "done");
    expect(ledger.ready()).toEqual([adam, needsSgd]);
    ledger.start(needsSgd);
    ledger.end(needsSgd, "diverged");
    expect(ledger.ready()).toEqual([adam]);
    expect([ledger.settled, ledger.unsettled]).toEqual([2, 2]);
  });

  test("leaves out what was done before, and what needs it is ready", () => {
    const ledger = openLedger(CELLS, (id) => id === sgd.id);
    expect(ledger.todo).toEqual([adam, needsSgd, needsBoth]);
    expect(ledger.isSettled(sgd)).toBe(true);
    expect(ledger.ready()).toEqual([adam, needsSgd]);
  });

  test("offers a cell that was stopped once more", () => {
    const ledger = openLedger([sgd], none);
    ledger.start(sgd);
    expect(ledger.open()).toEqual([]);
    ledger.stop(sgd);
    expect(ledger.ready()).toEqual([sgd]);
    expect(ledger.isSettled(sgd)).toBe(false);
  });

  test("fails what needs a failed cell, and says which it needs directly", () => {
    const ledger = openLedger(CELLS, none);
    ledger.fail(sgd, "out of memory");
    expect(ledger.open()).toEqual([adam]);
    expect(ledger.outcome(true).failed).toEqual([
      { id: sgd.id, reason: "out of memory" },
      { id: needsSgd.id, reason: `needs run ${sgd.id}, which failed` },
      { id: needsBoth.id, reason: `needs run ${needsSgd.id}, which failed` },
    ]);
  });

  test("fails a chain of many", () => {
    const chain = Array.from({ length: 20_000 }, (_unused, i) => ({
      ...sgd,
      id: `run${i}`,
      dependsOn: i === 0 ? [] : [`run${i - 1}`],
    }));
    const ledger = openLedger(chain, none);
    ledger.fail(chain[0]!, "out of memory");
    expect([ledger.unsettled, ledger.outcome().failed.length]).toEqual([0, chain.length]);
  });

  test("leaves what ended before a cell that it needs failed", () => {
    const ledger = openLedger(CELLS, none);
    ledger.end(needsSgd, "done");
    ledger.fail(sgd, "out of memory");
    expect(ledger.outcome(true).failed).toEqual([{ id: sgd.id, reason: "out of memory" }]);
    expect(ledger.open()).toEqual([adam, needsBoth]);
  });

  test("counts how every cell ended, and keeps reasons in the order of the failures", () => {
    const ledger = openLedger([...CELLS, tuneCell(5, "lion", "d/0", 0.1)], (id) => id === needsBoth.id);
    ledger.end(adam, "diverged");
    ledger.endElsewhere(sgd);
    ledger.end(tuneCell(5, "lion", "d/0", 0.1), "skipped");
    ledger.fail(needsSgd, "no memory");
    expect(ledger.outcome()).toEqual({
      done: 2,
      alreadyDone: 2,
      diverged: 1,
      skipped: 1,
      failed: [{ id: needsSgd.id, reason: "no memory" }],
    });
  });

  test("has an outcome with cells left only where they are left to others", () => {
    const ledger = openLedger(CELLS, none);
    expect(() => ledger.outcome()).toThrow("4 cells are not settled");
    expect(ledger.outcome(true)).toEqual({ ...NOBODY, left: 4 });
    for (const cell of CELLS) ledger.end(cell, "done");
    expect(ledger.outcome(true)).toEqual({ ...NOBODY, done: 4 });
  });
});
