import { groupBy } from "../core/group.js";
import type { InertRule } from "../core/inert.js";
import { LEARNERS } from "../meta/index.js";
import { metamdInert, type MetamdSettings } from "../meta/metamd/settings.js";
import { METHODS } from "../optimisers/index.js";
import { show, type PathFault } from "./faults.js";
import { INERT_KEYS } from "./inert-rules.js";
import { dotted, isMapping, valueAt, type Mapping, type Path } from "./layers.js";
import type { Config } from "./schema.js";
import { rowsOf, steppingVariants, type Row } from "./variants.js";

/** A key that is written and can change nothing. */
export interface InertKey extends PathFault {
  /** Wrong only where a flag says it. In a file the settings of methods that are not compared wait for `methods` to be set
   *  to others by a flag, as `--set methods=all`. */
  readonly byFlagOnly?: true;
}

/** The keys that somebody wrote and that can change nothing in this config: who wrote one believes in an effect.
 *  @param written the config without defaults. */
export function inertKeys(config: Config, written: Mapping): InertKey[] {
  const rows = rowsOf(config);
  const timed = [...rows, ...steppingVariants(config)];
  const learned = LEARNERS.ids().flatMap((learner) => {
    const { inert } = LEARNERS.of(learner);
    const settingsOf = ({ learning }: Row): object | undefined =>
      learning?.method === learner ? learning.settings : undefined;
    return ofRows(["metaTraining", learner], inert, rows, settingsOf, written);
  });
  const methods = METHODS.ids().flatMap((id) => {
    const { inert } = METHODS.of(id);
    const settingsOf = ({ method, settings }: Row): object | undefined => (method === id ? settings : undefined);
    return ofRows(["methodSettings", id], inert, timed, settingsOf, written);
  });
  return [
    ...Object.entries(INERT_KEYS).flatMap(([key, rule]) => faultOf(key.split("."), rule, config, written)),
    ...learned,
    ...methods,
    ...ofOthers(rows, timed, written),
  ];
}

/** The same of MetaMD's meta-training at a path of any config. */
export const inertMetamdKeys = (path: Path, settings: MetamdSettings, written: Mapping): InertKey[] =>
  Object.entries<InertRule<MetamdSettings>>(metamdInert).flatMap(([key, rule]) =>
    faultOf([...path, key], rule, settings, written),
  );

function faultOf<Value>(path: Path, rule: InertRule<Value>, value: Value, written: Mapping): InertKey[] {
  if (!valueAt(written, path).found) return [];
  const why = rule.inert(value);
  return why === undefined ? [] : [fault(path, why, rule.instead, written)];
}

const fault = (path: Path, why: string, instead: string, written: Mapping): InertKey => ({
  path,
  given: `given ${show(valueAt(written, path).value)}, which has no effect: ${why}`,
  accepted: undefined,
  hint: `leave it out, or ${instead}`,
});

/** Keys of a method, and of the variants that have their own: one that several rows take must change nothing in any.
 *  @param settingsOf what a row has of them; undefined: nothing. */
function ofRows(
  [group, id]: readonly [group: string, id: string],
  rules: Readonly<Record<string, InertRule<object>>> = {},
  rows: readonly Row[],
  settingsOf: (row: Row) => object | undefined,
  written: Mapping,
): InertKey[] {
  return Object.entries(rules).flatMap(([key, rule]) => {
    const taken = rows.flatMap((row) => {
      const settings = settingsOf(row);
      const own = ["variants", row.id.split("/")[1] ?? "", group, key];
      return settings === undefined ? [] : [{ settings, path: valueAt(written, own).found ? own : [group, id, key] }];
    });
    return [...groupBy(taken, ({ path }) => dotted(path)).values()].flatMap((alike) => {
      const effective = alike.find(({ settings }) => rule.inert(settings) === undefined);
      const { path, settings } = effective ?? alike[0]!;
      return faultOf(path, rule, settings, written);
    });
  });
}

/** Settings of methods that no row has. @param timed rows, and variants that are only timed. */
function ofOthers(rows: readonly Row[], timed: readonly Row[], written: Mapping): InertKey[] {
  const methodsIn = (path: Path): string[] => {
    const { value } = valueAt(written, path);
    return isMapping(value) ? Object.keys(value) : [];
  };
  const byFlag = (path: Path, why: string, instead: string): InertKey => ({
    ...fault(path, why, instead, written),
    byFlagOnly: true,
  });
  const settings = methodsIn(["methodSettings"])
    .filter((id) => !timed.some(({ method }) => method === id))
    .map((id) => byFlag(["methodSettings", id], `${id} is not compared`, `add ${id} to methods`));
  const spaces = methodsIn(["tuning", "space", "methods"])
    .filter((id) => !rows.some(({ method }) => method === id))
    .map((id) => byFlag(["tuning", "space", "methods", id], `${id} is not compared`, `add ${id} to methods`));
  const learning = methodsIn(["metaTraining"])
    .filter((id) => !rows.some((row) => row.learning?.method === id))
    .map((id) => {
      const path = ["metaTraining", id];
      return rows.some(({ given }) => given?.method === id)
        ? fault(path, `learnedFiles has what ${id} learned`, `leave learnedFiles.${id} out`, written)
        : byFlag(path, "no method that is compared is learned so", "add one to methods");
    });
  return [...settings, ...spaces, ...learning];
}
