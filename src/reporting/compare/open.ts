import { statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { EXIT, UserError } from "../../core/errors.js";
import { isThere } from "../../core/files.js";
import { suggestion } from "../../core/registry.js";
import { listExperiments } from "../../records/store.js";
import { readExperiment, type Experiment } from "../experiment.js";

/** Two experiments to set against each other. */
export type Pair = readonly [Experiment, Experiment];

/** Finds what is compared. Of two folders of results these are the experiments with the same name, or the only two.
 *  @param results where names are looked up. @param given folders, or names of experiments in the results.
 *  @throws UserError (usage): not there, no experiment, twice the same, or nothing in common. */
export function openPairs(results: string, [a, b]: readonly [string, string]): Pair[] {
  const [left, right] = [experimentsIn(results, a), experimentsIn(results, b)];
  if (left.folder === right.folder) throw fault(b, "the same folder twice", "two experiments, or two results folders");
  const open = (side: Side, name: string): Experiment => readExperiment(side.results, name);
  if (left.names.length === 1 && right.names.length === 1)
    return [[open(left, left.names[0]!), open(right, right.names[0]!)]];
  const shared = left.names.filter((name) => right.names.includes(name));
  if (shared.length > 0) return shared.map((name): Pair => [open(left, name), open(right, name)]);
  throw fault(
    `${a} and ${b}`,
    "no experiment of the same name",
    `${a} has ${left.names.join(", ")}; ${b} has ${right.names.join(", ")}`,
    "name one experiment of each, like FOLDER/EXPERIMENT",
  );
}

interface Side {
  readonly folder: string;
  readonly results: string;
  readonly names: readonly string[];
}

function experimentsIn(results: string, given: string): Side {
  const known = listExperiments(results);
  const folder = resolve(known.includes(given) ? join(results, given) : given);
  if (!isThere(folder)) {
    const hint = suggestion(given, known) ?? "name a folder, or choose the results folder with --results DIR";
    throw fault(given, "no such folder, and no such experiment", known.join(", ") || undefined, hint);
  }
  if (!statSync(folder).isDirectory()) throw fault(given, "a file");
  if (isThere(join(folder, "plan.json"))) return { folder, results: dirname(folder), names: [basename(folder)] };
  const names = listExperiments(folder);
  if (names.length === 0) throw fault(given, "no experiment in this folder");
  return { folder, results: folder, names };
}

const fault = (
  where: string,
  given: string,
  accepted = "a folder that metamd run has written to: an experiment's, or one of several",
  hint = "metamd status shows what is there",
): UserError => new UserError(EXIT.usage, { where, given, accepted, hint });

/** A folder as short as it can be said from here. */
export function shortly({ store }: Experiment): string {
  const whole = resolve(store.folder);
  const short = relative(process.cwd(), whole);
  return short.startsWith("..") ? whole : short || ".";
}
