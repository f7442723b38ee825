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
  isSettled(cell: Cell): boolean;
  start(cell: Cell): void;
  /** Opens a running cell again, which was stopped. */
  stop(cell: Cell): void;
  /** A cell of this call ended. */
  end(cell: Cell, ending: Ending): void;
  /** A cell turned out to be done by somebody else: it counts as done before. */
  endElsewhere(cell: Cell): void;
  /** A cell failed, and with it those that need it: they can't be run any more. */
  fail(cell: Cell, reason: string): void;
  /** @param left whether the unsettled cells are left to others; else there must be none. */
  outcome(left?: boolean): Outcome;
}

/** @param cells in the plan's order: each after those that it needs. @param isDone whether a run is done already. */
export function openLedger(cells: readonly Cell[], isDone: (id: string) => boolean): Ledger {
  const todo = cells.filter(({ id }) => !isDone(id));
  const standing = standingOf(todo);
  const { settle, needing } = standing;
  const failed = new Map<string, string>();
  const ended: Record<Ending, number> = { done: 0, diverged: 0, skipped: 0 };
  let elsewhere = 0;
  return {
    todo,
    get settled() {
      return todo.length - standing.unsettled;
    },
    get unsettled() {
      return standing.unsettled;
    },
    open: standing.open,
    ready: standing.ready,
    isSettled: standing.isSettled,
    start: (cell) => standing.enter(cell, "running"),
    stop: (cell) => standing.enter(cell, "open"),
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
      const broken = [cell];
      for (const one of broken)
        for (const dependent of needing(one)) {
          settle(dependent);
          failed.set(dependent.id, `needs run ${one.id}, which failed`);
          broken.push(dependent);
        }
    },
    outcome(left = false) {
      const { unsettled } = standing;
      if (unsettled > 0 && !left) throw new Error(`ledger: ${unsettled} cells are not settled`);
      const { done, diverged, skipped } = ended;
      return {
        done: done + diverged + skipped,
        alreadyDone: cells.length - todo.length + elsewhere,
        diverged,
        skipped,
        failed: [...failed].map(([id, reason]) => ({ id, reason })),
        ...(unsettled > 0 && { left: unsettled }),
      };
    },
  };
}

type State = "open" | "running" | "settled";

/** What stands of a cell that was not done. */
interface Entry {
  readonly cell: Cell;
  state: State;
  /** Cells that it needs and that are not settled. */
  missing: number;
  readonly neededBy: Entry[];
}

/** Which cells are open, running or settled: asked after every run, of plans of ten thousands. */
interface Standing extends Pick<Ledger, "open" | "ready" | "isSettled"> {
  readonly unsettled: number;
  /** Unless it is settled. */
  enter(cell: Cell, state: Exclude<State, "settled">): void;
  settle(cell: Cell): void;
  /** Unsettled cells that need one directly. */
  needing(cell: Cell): Cell[];
}

function standingOf(todo: readonly Cell[]): Standing {
  const entries = entriesOf(todo);
  const inOrder = [...entries.values()];
  let unsettled = inOrder.length;
  const cellsOf = (among: readonly Entry[], isMeant: (entry: Entry) => boolean): Cell[] =>
    among.filter(isMeant).map(({ cell }) => cell);
  const unsettledEntry = ({ id }: Cell): Entry | undefined => {
    const entry = entries.get(id);
    return entry?.state === "settled" ? undefined : entry;
  };
  return {
    get unsettled() {
      return unsettled;
    },
    open: () => cellsOf(inOrder, ({ state }) => state === "open"),
    ready: () => cellsOf(inOrder, ({ state, missing }) => state === "open" && missing === 0),
    isSettled: (cell) => unsettledEntry(cell) === undefined,
    enter(cell, state) {
      const entry = unsettledEntry(cell);
      if (entry !== undefined) entry.state = state;
    },
    settle(cell) {
      const entry = unsettledEntry(cell);
      if (entry === undefined) return;
      entry.state = "settled";
      unsettled--;
      for (const dependent of entry.neededBy) dependent.missing--;
    },
    needing: ({ id }) => cellsOf(entries.get(id)?.neededBy ?? [], ({ state }) => state !== "settled"),
  };
}

/** By id, in the order of the cells. */
function entriesOf(todo: readonly Cell[]): Map<string, Entry> {
  const entries = new Map(
    todo.map((cell): [string, Entry] => [cell.id, { cell, state: "open", missing: 0, neededBy: [] }]),
  );
  for (const entry of entries.values())
    for (const id of new Set(entry.cell.dependsOn)) {
      const needed = entries.get(id);
      if (needed === undefined) continue;
      entry.missing++;
      needed.neededBy.push(entry);
    }
  return entries;
}
