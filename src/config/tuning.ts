import { bayesSettings } from "../tuning/bayes.js";
import { AXES, rangeOf, valuesOf, type Axis, type AxisSetting, type Box, type Space } from "../tuning/space.js";
import { defaultBudget } from "../tuning/strategies.js";
import { groupBy } from "../core/group.js";
import { repeated, type PathFault } from "./faults.js";
import { inEpochs } from "./length.js";
import { dotted, setFlag, type Path } from "./layers.js";
import type { Config } from "./schema.js";
import { methodOf, rowsOf } from "./variants.js";

/** What a config says of tuning, with what its strategy does not use left out and what it needs filled in. */
export function resolvedTuning({ tuning }: Config): Config["tuning"] {
  const { strategy, space, budget, bayes, extendGrid, ...others } = tuning;
  const used = (of: Partial<Record<Axis, AxisSetting>>): Partial<Record<Axis, AxisSetting>> =>
    Object.fromEntries(
      AXES.flatMap((axis) => {
        const setting = of[axis] && (strategy === "grid" ? valuesOf : rangeOf)(of[axis]);
        return setting === undefined ? [] : [[axis, setting]];
      }),
    );
  const { methods, ...shared } = space;
  const own = Object.entries(methods).map(([method, axes = {}]) => [method, used(axes)] as const);
  const searched: Config["tuning"] = {
    strategy,
    ...others,
    space: { ...shared, ...used(shared), methods: Object.fromEntries(own) },
  };
  if (strategy === "grid") return { ...searched, ...(extendGrid !== undefined && { extendGrid }) };
  const settings = strategy === "bayes" ? (bayes ?? bayesSettings.parse({})) : undefined;
  return {
    ...searched,
    budget: budget ?? defaultBudget(strategy, settings),
    ...(settings !== undefined && { bayes: settings }),
  };
}

type Tuned = { readonly tuning: Pick<Config["tuning"], "space"> };

/** The lists that a grid searches for one method or variant: those of all, with the axes that the method has of its own. */
export const tuningSpace = (config: Tuned, row: string): Space => byAxis(config, row, valuesOf);

/** The ranges that the other strategies search for one method. */
export const tuningBox = (config: Tuned, row: string): Box => byAxis(config, row, rangeOf);

function byAxis<Value>(
  { tuning: { space } }: Tuned,
  row: string,
  of: (setting: AxisSetting) => Value | undefined,
): Record<Axis, Value> {
  const [learningRate, weightDecay] = AXES.map((axis) => of(space.methods[methodOf(row)]?.[axis] ?? space[axis])!);
  return { learningRate: learningRate!, weightDecay: weightDecay! };
}

/** What is wrong with the tuning of a config whose keys are well-formed one by one. */
export function tuningFaults(config: Config): PathFault[] {
  const { tuning } = config;
  const own = Object.entries(tuning.space.methods).map(([id, axes = {}]) => [[...SPACE, "methods", id], axes] as const);
  const malformed = [[SPACE, tuning.space] as const, ...own].flatMap(([path, axes]) =>
    AXES.flatMap((axis) => (axes[axis] === undefined ? [] : axisFaults([...path, axis], axes[axis]))),
  );
  if (malformed.length > 0) return [...malformed, ...combinationFaults(config)];
  const used = new Map<string, UsedAxis>();
  for (const method of new Set(rowsOf(config).map((row) => row.method)))
    for (const axis of AXES) {
      const setting = tuning.space.methods[method]?.[axis];
      const path = setting === undefined ? [...SPACE, axis] : [...SPACE, "methods", method, axis];
      used.set(dotted(path), { path, setting: setting ?? tuning.space[axis] });
    }
  return [...unfitFor(tuning.strategy, [...used.values()]), ...combinationFaults(config)];
}

/** What is wrong with an axis whatever searches it. */
function axisFaults(path: Path, setting: AxisSetting): PathFault[] {
  const list = valuesOf(setting);
  const faults = repeated(Array.isArray(setting) ? path : [...path, "values"], list ?? []);
  if (Array.isArray(setting)) return faults;
  const { from, to } = setting as Exclude<AxisSetting, readonly number[]>;
  const wrong = (given: string, accepted: string, hint: string): PathFault[] => [
    ...faults,
    { path, given, accepted, hint },
  ];
  if ((from === undefined) !== (to === undefined))
    return wrong(
      `given ${from === undefined ? "to" : "from"} alone`,
      "both ends of a range",
      `add ${from === undefined ? "from" : "to"}`,
    );
  if (from !== undefined && from > to!)
    return wrong(`given from ${from} above to ${to}`, "from at most to", "swap them");
  if (from === undefined && list === undefined)
    return wrong(
      "given neither values nor a range",
      "a list of values, {from, to}, or both",
      "add values, or from and to",
    );
  return faults;
}

interface UsedAxis {
  readonly path: Path;
  readonly setting: AxisSetting;
}

/** What is wrong with axes for the strategy that searches them: one fault, as it has one cause and one hint. */
function unfitFor(strategy: Config["tuning"]["strategy"], used: readonly UsedAxis[]): PathFault[] {
  const grid = strategy === "grid";
  const unfit = used.filter(({ setting }) => (grid ? valuesOf : rangeOf)(setting) === undefined);
  const [first, ...others] = unfit;
  if (first === undefined) return [];
  const likely = grid ? likelyList : likelyRange;
  const [one, all] = grid ? ["a range", "ranges"] : ["a list", "lists"];
  const say = (path: Path, given: string, accepted: string, value: string, hint: string): PathFault[] => [
    {
      path,
      given: `given ${given}, but strategy ${strategy}`,
      accepted,
      hint: `${hint}, like ${setFlag(path, value)}, or --set tuning.strategy=${grid ? "bayes" : "grid"}`,
    },
  ];
  const [values, ends] = ["a list of values", "a range {from, to}"];
  if (others.length === 0)
    return grid
      ? say(first.path, one, values, likely(first.setting), "list values")
      : say(first.path, one, ends, quoted(likely(first.setting)), "give its ends");
  const names = unfit.map(({ path }) => dotted(path.slice(SPACE.length)));
  const whole = quoted(nested(unfit.map(({ path, setting }) => [path.slice(SPACE.length), likely(setting)])));
  const given = `${all} in ${names.join(", ")}`;
  return grid
    ? say(SPACE, given, "lists of values", whole, "list values")
    : say(SPACE, given, "ranges {from, to}", whole, "give their ends");
}

const SPACE: Path = ["tuning", "space"];

const likelyList = (setting: AxisSetting): string => {
  const { from, to } = rangeOf(setting)!;
  return `[${to},${from}]`;
};
const likelyRange = (setting: AxisSetting): string => {
  const positive = valuesOf(setting)!.filter((value) => value > 0);
  const [from, to] = positive.length > 0 ? [Math.min(...positive), Math.max(...positive)] : [1e-6, 1e-2];
  return `{from: ${from}, to: ${to}}`;
};

/** As a shell takes it. */
const quoted = (value: string): string => `'${value}'`;

/** Values by path as one mapping of YAML: "{learningRate: 1, methods: {adam: {learningRate: 2}}}". */
function nested(entries: readonly (readonly [Path, string])[]): string {
  const byKey = groupBy(entries, ([[key]]) => String(key));
  const parts = [...byKey].map(([key, held]) => {
    const [[path, value]] = held as [readonly [Path, string]];
    return `${key}: ${path.length === 1 ? value : nested(held.map(([rest, inner]) => [rest.slice(1), inner]))}`;
  });
  return `{${parts.join(", ")}}`;
}

/** What keys of tuning cannot do together. */
function combinationFaults({ tuning, training }: Config): PathFault[] {
  const { strategy, budget, earlyStopping, extendGrid } = tuning;
  const fault = (key: string, given: string, accepted: string, hint: string): PathFault[] => [
    { path: ["tuning", key], given, accepted, hint },
  ];
  const steps = tuning.steps ?? training.steps;
  return [
    ...(extendGrid !== undefined && earlyStopping !== undefined
      ? fault("extendGrid", "given with early stopping", "one of the two", "leave one of them out")
      : []),
    ...(earlyStopping !== undefined && strategy === "bayes"
      ? fault("earlyStopping", "given with strategy bayes", "grid, random or sobol", "leave it out")
      : []),
    ...(earlyStopping !== undefined && typeof budget === "object"
      ? fault("earlyStopping", "given with a budget in minutes", "a budget in points", "leave one of them out")
      : []),
    ...(earlyStopping !== undefined && inEpochs(steps)
      ? fault("earlyStopping", `given, but a tuning run has ${steps}`, "runs counted in steps", "set tuning.steps")
      : []),
    ...(earlyStopping !== undefined && !inEpochs(steps) && earlyStopping.minSteps >= steps
      ? [
          {
            path: ["tuning", "earlyStopping", "minSteps"],
            given: `given ${earlyStopping.minSteps}, but a tuning run has ${steps} steps`,
            accepted: `integers below ${steps}`,
            hint: "lower it",
          },
        ]
      : []),
  ];
}
