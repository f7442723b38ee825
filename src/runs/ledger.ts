import type { Cell } from "../records/plan.js";
import type { RunRecord } from "../records/record.js";

/** How a run ends that does not fail. Skipped: its search had no time for it. */
export type Ending = "done" | "diverged" | "skipped";

/** How a run ended, as its record has it. @param record of one that did not fail. */
export const endingOf = ({ state }: Pick<RunRecord, "state">): Ending =>
  state === "diverged" || state === "skipped" ? state : "done";

/** What became of the runs of one call. */
export interface Outcome {
  /** Those that ended in this call, diverged and skipped ones too. */
  readonly done: number;
  readonly alreadyDone: number;
  readonly diverged: number;
  /** Of those done: runs that their search had no time for. */
  readonly skipped: number;
  /** Runs that went wrong, and those that need one of them. */
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
  /** Runs that other processes have, and those that need one of them, where they were not waited for. */
  readonly left?: number;
}

/** What stands of every cell of one call: open, running, ended or failed. It looks nothing up: whoever runs the cells, or
 *  follows those that others run, says what happens. */
export interface Ledger {
  /** Cells that were not done when the ledger was opened, in the plan's order. */
  readonly todo: readonly Cell[];
  /** Cells of `todo` that ended or failed, and those that did not. */
  readonly settled: number;
  readonly unsettled: number;
  /** Cells that are neither running nor settled, in the plan's order. */
  open(): Cell[];
  /** Open cells that need no unsettled one. */
  ready(): Cell[];
  /** Why a cell can't be run any more: it needs one that failed. */
  blockage(cell: Cell): string | undefined;
  isSettled(cell: Cell): boolean;
  start(cell: Cell): void;
  /** Opens a running cell again, which was stopped. */
  stop(cell: Cell): void;
  /** A cell of this call ended. */
  end(cell: Cell, ending: Ending): void;
  /** A cell turned out to be done by somebody else: it counts as done before. */
  endElsewhere(cell: Cell): void;
  fail(cell: Cell, reason: string): void;
  /** @param left whether the unsettled cells are left to others; else there must be none. */
  outcome(left?: boolean): Outcome;
}

/** @param cells in the plan's order: each after those that it needs. @param isDone whether a run is done already. */
export function openLedger(cells: readonly Cell[], isDone: (id: string) => boolean): Ledger {
  const todo = cells.filter(({ id }) => !isDone(id));
  const unsettled = new Set(todo.map(({ id }) => id));
  const running = new Set<string>();
  const failed = new Map<string, string>();
  const ended: Record<Ending, number> = { done: 0, diverged: 0, skipped: 0 };
  let elsewhere = 0;
  const settle = ({ id }: Cell): void => {
    unsettled.delete(id);
    running.delete(id);
  };
  const open = (): Cell[] => todo.filter(({ id }) => unsettled.has(id) && !running.has(id));
  return {
    todo,
    get settled() {
      return todo.length - unsettled.size;
    },
    get unsettled() {
      return unsettled.size;
    },
    open,
    ready: () => open().filter(({ dependsOn }) => !dependsOn.some((id) => unsettled.has(id))),
    blockage({ dependsOn }) {
      const broken = dependsOn.find((id) => failed.has(id));
      return broken === undefined ? undefined : `needs run ${broken}, which failed`;
    },
    isSettled: ({ id }) => !unsettled.has(id),
    start: ({ id }) => void running.add(id),
    stop: ({ id }) => void running.delete(id),
    end(cell, ending) {
      settle(cell);
      ended[ending]++;
    },
    endElsewhere(cell) {
      settle(cell);
      elsewhere++;
    },
    fail(cell, reason) {
      settle(cell);
      failed.set(cell.id, reason);
    },
    outcome(left = false) {
      if (unsettled.size > 0 && !left) throw new Error(`ledger: ${unsettled.size} cells are not settled`);
      const { done, diverged, skipped } = ended;
      return {
        done: done + diverged + skipped,
        alreadyDone: cells.length - todo.length + elsewhere,
        diverged,
        skipped,
        failed: [...failed].map(([id, reason]) => ({ id, reason })),
        ...(unsettled.size > 0 && { left: unsettled.size }),
      };
    },
  };
}
