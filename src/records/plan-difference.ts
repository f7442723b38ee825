import type { Fault } from "../core/errors.js";
import { canonicalJson } from "../core/hash.js";
import type { Cell, Plan } from "./plan.js";

/** Keys that are reported at most. */
const MOST = 8;
/** Keys that no run depends on. */
const LABELS: readonly string[] = ["name", "title", "table", "experiment"];
/** Keys that a plan grows by, where nothing that it asked for is lost. */
const GROWING: readonly string[] = [
  ...["methods", "suite.domains", "suite.protocol.metaTest", "trials", "trialWeightDecays"],
  ...["tuning.seeds", "tuning.budget", "tuning.budget.atMost", "tuning.extendGrid"],
  ...["tuning.bayes.iterations", "tuning.bayes.countInit"],
];
/** Where files lie: which they are, the ids of runs say. */
const PLACES = /^(learnedFiles\.|model\.pretrained$)/;
/** Modules and files from outside, whose contents the config does not say. */
const GIVEN = /^(plugins$|learnedFiles\.|model\.pretrained$)/;
/** Settings of one method, learner or variant. */
const OF_METHOD = /^(?:methodSettings|metaTraining|variants|learnedFiles)\.([^.]+)\./;

/** Whether a plan is another one that has grown: more trials, methods, holdouts, points or weight decays of the same
 *  experiment. What the other asked for is still asked for; runs that are the same have the same ids. */
export function grows(held: Plan, plan: Plan): boolean {
  if (differingKeys(held, plan).length === 0 || blockingKeys(held, plan).length > 0) return false;
  const absent = held.missing.map(({ domain }) => domain);
  if (plan.missing.some(({ domain }) => !absent.includes(domain) && held.holdouts.includes(domain))) return false;
  const asked = new Map(plan.cells.map((cell) => [requestOf(cell), cell]));
  return held.cells.every((cell) => {
    const now = asked.get(requestOf(cell));
    return now === undefined ? isFollowUp(cell, held) : hasSameContents(cell, now);
  });
}

/** Whether a run that says the same is the same: another id then means other data, weights or learned files. */
const hasSameContents = ({ id, ...held }: Cell, { id: other, ...now }: Cell): boolean =>
  id === other || canonicalJson(held) !== canonicalJson(now);

/** Keys that differ and that a plan cannot grow by. */
function blockingKeys(held: Plan, plan: Plan): string[] {
  const ids = new Set(plan.cells.map(({ id }) => id));
  const sameFiles = held.cells.every(({ phase, id }) => phase === "trial" || ids.has(id));
  const methodsOf = ({ cells }: Plan): Set<string> => new Set(cells.flatMap(({ method }) => method.split("/")));
  const [known, left] = [methodsOf(held), methodsOf(plan)];
  const [before] = leavesOfBoth(held, plan);
  return differingKeys(held, plan).filter((key) => {
    if (GROWING.includes(key)) return false;
    if (PLACES.test(key) && sameFiles) return false;
    if (key.startsWith("tuning.space.")) return held.config["tuning"] === undefined || !isGrid(held) || !isGrid(plan);
    const [, method] = OF_METHOD.exec(key) ?? [];
    return (
      method === undefined ||
      (known.has(method) && left.has(method)) ||
      (key.startsWith("variants.") && before.has(key))
    );
  });
}

const isGrid = ({ config }: Plan): boolean =>
  (config["tuning"] as { strategy?: unknown } | undefined)?.strategy === "grid";

/** Whether a run goes beyond a grid, as far as the grid's best point asks for it. */
const isFollowUp = (cell: Cell, plan: Plan): boolean =>
  cell.phase === "tune" && cell.search !== undefined && cell.search.rung === undefined && isGrid(plan);

/** What a run is for, whatever it builds on. */
function requestOf(cell: Cell): string {
  const { phase, method, holdout } = cell;
  if (phase === "meta-train") return canonicalJson([phase, method, holdout ?? null]);
  if (phase === "trial") return canonicalJson([phase, method, cell.holdout, cell.trial, cell.weightDecay ?? null]);
  const { search, learningRate = null, weightDecay = null, seed } = cell;
  const place = search === undefined ? [learningRate, weightDecay] : [search.index, search.rung ?? null];
  return canonicalJson([phase, method, cell.holdout, seed, ...place]);
}

/** Whether two configs give a method's run with the same hyper-parameters the same numbers, as far as the config decides. What
 *  is plugged in or given as a file is not looked at: such runs are never taken for each other. */
export function decideTheSame(held: Plan["config"], now: Plan["config"], method: string): boolean {
  const isGiven = ([key, value]: readonly [string, string]): boolean => GIVEN.test(key) && value !== "[]";
  if ([...leavesOf(held)].some(isGiven) || [...leavesOf(now)].some(isGiven)) return false;
  const own = method.split("/");
  return configDifferences(held, now).every(({ key }) => {
    if (LABELS.includes(key) || GROWING.includes(key) || key.startsWith("tuning.")) return true;
    const [, of] = OF_METHOD.exec(key) ?? [];
    return of !== undefined && !own.includes(of);
  });
}

/** Why a folder's plan does not become another one: the keys of the config that stand against it, with both values. */
export function planDifference(held: Plan, plan: Plan, folder: string): Omit<Fault, "where"> {
  const blocking = blockingKeys(held, plan);
  const keys = blocking.length > 0 ? blocking : differingKeys(held, plan).filter((key) => !OF_METHOD.test(key));
  if (keys.length === 0)
    return {
      given: "another plan of the same config: its data, weights or learned files have other contents",
      accepted: "the contents that the folder was begun with",
      hint: `bring them back, choose another --results folder, or delete ${folder}`,
    };
  const [before, now] = leavesOfBoth(held, plan);
  const listed = (values: ReadonlyMap<string, string>): string => {
    const shown = keys.slice(0, MOST).map((key) => `${key} ${values.get(key) ?? "absent"}`);
    return [...shown, ...(keys.length > MOST ? [`${keys.length - MOST} more keys`] : [])].join(", ");
  };
  const other = `give it another name, choose another --results folder, or delete ${folder}`;
  return blocking.length > 0
    ? {
        given: `another plan: ${listed(now)}`,
        accepted: `the folder's: ${listed(before)}`,
        hint: `undo the change of the config, ${other}`,
      }
    : {
        given: `a smaller plan: ${listed(now)}`,
        accepted: `the folder's, or a larger one: ${listed(before)}`,
        hint: `keep what the folder has, as with ${keys.slice(0, 1).map((key) => `--set ${key}=${before.get(key) ?? "null"}`)[0]!}, or ${other}`,
      };
}

/** A key of the config that two plans have different values for, as JSON; undefined where one has none. */
export interface ConfigDifference {
  readonly key: string;
  readonly values: readonly [string | undefined, string | undefined];
}

/** What differs between two configs, names and titles too. */
export function configDifferences(a: Plan["config"], b: Plan["config"]): ConfigDifference[] {
  const [left, right] = [leavesOf(a), leavesOf(b)];
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((key): ConfigDifference[] =>
    left.get(key) === right.get(key) ? [] : [{ key, values: [left.get(key), right.get(key)] }],
  );
}

/** Keys with different values, except labels. */
function differingKeys(held: Plan, plan: Plan): string[] {
  return configDifferences(held.config, plan.config).flatMap(({ key }) => (LABELS.includes(key) ? [] : [key]));
}

const leavesOfBoth = (held: Plan, plan: Plan): [Map<string, string>, Map<string, string>] => [
  leavesOf(held.config),
  leavesOf(plan.config),
];

/** The values of a config by dotted key; lists are values. */
function leavesOf(config: Plan["config"]): Map<string, string> {
  const leaves = new Map<string, string>();
  const visit = (value: unknown, path: string): void => {
    if (value !== null && typeof value === "object" && !Array.isArray(value))
      for (const [key, inner] of Object.entries(value)) visit(inner, path === "" ? key : `${path}.${key}`);
    else if (value !== undefined) leaves.set(path, canonicalJson(value));
  };
  visit(config, "");
  return leaves;
}
