import { distance } from "fastest-levenshtein";
import { EXIT, UserError, type ExitCode } from "./errors.js";

/** The known name nearest to a wrong one, if it is near enough to be a slip. */
export function nearest(given: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((name) => ({ name, edits: distance(given.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best !== undefined && best.edits <= Math.max(2, Math.ceil(given.length / 3)) ? best.name : undefined;
}

/** "did you mean X?" or nothing. */
export function suggestion(given: string, known: readonly string[]): string | undefined {
  const name = nearest(given, known);
  return name === undefined ? undefined : `did you mean ${name}?`;
}

/** Looks a name up in a literal table; an unknown name is an error that lists the known ones.
 *  @param kind what the table holds, in words ("method", "dataset"). @param hint where no known name is near. */
export function lookup<Value>(
  table: Readonly<Record<string, Value>>,
  name: string,
  kind: string,
  exitCode: ExitCode = EXIT.usage,
  hint?: string,
): Value {
  if (Object.hasOwn(table, name)) return table[name]!;
  const known = Object.keys(table);
  throw new UserError(exitCode, {
    where: kind,
    given: `unknown name ${JSON.stringify(name)}`,
    accepted: known.join(", "),
    hint: suggestion(name, known) ?? hint,
  });
}

/** A literal table, and what plug-ins added to it. */
export interface OpenTable<Id extends string, Entry> {
  /** All names: the table's own, then added ones in the order they came. */
  ids(): Id[];
  has(name: string): name is Id;
  /** @param id one of `ids`. */
  of(id: Id): Entry;
  /** Adds an entry under a new name. @throws Error when the name is taken. */
  add(name: string, entry: Entry): void;
}

/** @param own the literal table. */
export function openTable<Id extends string, Entry>(own: Readonly<Record<string, Entry>>): OpenTable<Id, Entry> {
  const all = new Map(Object.entries(own));
  return {
    ids: () => [...all.keys()] as Id[],
    has: (name): name is Id => all.has(name),
    of(id) {
      const entry = all.get(id);
      if (entry === undefined) throw new Error(`${id} is in no table`);
      return entry;
    },
    add(name, entry) {
      if (all.has(name)) throw new Error(`${name} is taken`);
      all.set(name, entry);
    },
  };
}
