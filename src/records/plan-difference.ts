import type { Fault } from "../core/errors.js";
import { canonicalJson } from "../core/hash.js";
import type { Plan } from "./plan.js";

/** Keys that are told at most. */
const MOST = 8;
/** Keys that no run depends on. */
const LABELS: readonly string[] = ["name", "title", "table", "experiment"];

/** Why a folder's plan is not another one: the keys of the config that differ, with both values. */
export function planDifference(held: Plan, plan: Plan, folder: string): Omit<Fault, "where"> {
  const hint = `undo the change of the config, give it another name, choose another --results folder, or delete ${folder}`;
  const [before, now] = [held, plan].map(({ config }) => leavesOf(config));
  const keys = [...new Set([...before!.keys(), ...now!.keys()])].filter(
    (key) => !LABELS.includes(key) && before!.get(key) !== now!.get(key),
  );
  if (keys.length === 0)
    return {
      given: "another plan of the same config: its data, weights or learned files have other contents",
      accepted: "the contents that the folder was begun with",
      hint: `bring them back, choose another --results folder, or delete ${folder}`,
    };
  const told = (values: ReadonlyMap<string, string>): string => {
    const shown = keys.slice(0, MOST).map((key) => `${key} ${values.get(key) ?? "absent"}`);
    return [...shown, ...(keys.length > MOST ? [`${keys.length - MOST} more keys`] : [])].join(", ");
  };
  return { given: `another plan: ${told(now!)}`, accepted: `the folder's: ${told(before!)}`, hint };
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
