import { canonicalJson } from "../../core/hash.js";
import { map, type Leaves } from "../../core/tree.js";
import type { EngineName } from "../../engine/engine.js";
import type { HostArray } from "../../engine/host.js";
import { tensorCount } from "../../engine/memory.js";
import { openNamedEngine } from "../../engine/open.js";
import type { Setting } from "./problems.js";
import { bitsOf, callUpdate, startedProgram, type Call, type Subject } from "./subject.js";

/** How thoroughly a rule is tried. */
export interface Thoroughness {
  /** Steps that the loss must have fallen after. */
  readonly steps: number;
  /** Steps that engines are compared after, and by what: the largest difference, or in a deep network, where rounding near
   *  zero is magnified, their root mean square. */
  readonly compared: number;
  readonly by: "largest" | "mean";
  /** The engine that steps are compiled on; undefined: none is here. */
  readonly compiled: EngineName | undefined;
}

/** What every rule keeps. */
export interface Contract {
  readonly what: string;
  /** @returns what is wrong; undefined where the rule keeps it. @throws what the rule throws. */
  broken(subject: Subject, setting: Setting, how: Thoroughness): Promise<string | undefined> | string | undefined;
}

const SCALARS = { learningRate: 0.01, weightDecay: 0.1 };
/** Tried in this order until the loss falls. */
const RATES = [0.01, 0.1, 0.001, 0.0001];
/** A step in which every rule decays weights: K-FAC begins late. */
const LATE = 10_000;
/** Of engines in single precision, relative to the largest number. */
const SINGLE = 1e-3;
const DOUBLE = 1e-9;

const contract = (what: string, broken: Contract["broken"]): Contract => ({ what, broken });

/** Every contract, in the order of what a rule's author sees first. Those of one call run on the engine in double precision. */
export const CONTRACTS: readonly Contract[] = [
  contract("keeps names and shapes, and leaves its inputs as they are", (subject, setting) => {
    const { shapes, step, unchanged } = callUpdate(subject, setting);
    const odd = oddOf(shapes.theta, shapes.step, "the step") ?? oddOf(shapes.before, shapes.after, "the state");
    return odd ?? (unchanged ? notFinite(step) : "it changes the parameters that it is given");
  }),
  contract("has as much state as its entry says", (subject, setting) => {
    const { entry } = subject;
    const { floats, step } = callUpdate(subject, setting);
    const counted = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0);
    // What is learned does not change during a run.
    const own = Object.entries(floats).filter(
      ([path]) => !/^(blocks|learned)\//.test(path) && path.split("/").some((name) => Object.hasOwn(step, name)),
    );
    const held = counted(own.map(([, size]) => size));
    const parameters = counted(Object.values(step).map(({ length }) => length));
    const said = entry.statePerParameter(entry.settings.parse({}));
    return held === said * parameters ? undefined : `${held} numbers for ${parameters}, not ${said} times as many`;
  }),
  contract("a learning rate of 0 gives a step of 0", (subject, setting) =>
    notZero(callUpdate(subject, setting, { learningRate: 0 }).step),
  ),
  contract("a gradient of 0 gives a finite step, and none without weight decay", (subject, setting) => {
    const still: Call = { gradient: () => 0, weightDecay: 0 };
    return (
      notFinite(callUpdate(subject, setting, { gradient: () => 0 }).step) ??
      notZero(callUpdate(subject, setting, still).step)
    );
  }),
  contract("the order of the parameters does not matter", (subject, setting) => {
    const { step } = callUpdate(subject, setting);
    const reversed = callUpdate(subject, setting, { order: Object.keys(setting.problem.parameters).reverse() });
    return canonicalJson(step) === canonicalJson(reversed.step) ? undefined : "given in reverse, the steps are others";
  }),
  contract("weight decay acts as its entry says", (subject, setting) => {
    const plain = callUpdate(subject, setting, { t: LATE, weightDecay: 0 }).step;
    const decayed = callUpdate(subject, setting, { t: LATE, weightDecay: 0.3 }).step;
    if (canonicalJson(plain) === canonicalJson(decayed)) return "it changes nothing";
    return subject.entry.decaysApart === true
      ? apartFrom(
          map((step, name) => decayApart(step, setting.start[name]!), plain),
          decayed,
          "decay apart: the step less ηλθ",
        )
      : apartFrom(callUpdate(subject, setting, COUPLED).step, decayed, "no decaysApart: that of the gradient and λθ");
  }),
  contract("every step takes its own learning rate", async (subject, setting) => {
    const program = startedProgram(await openNamedEngine("reference"), subject, setting);
    const after = (learningRate: number, t: number): string => {
      program.step(setting.batch, t, { ...SCALARS, learningRate });
      return bitsOf(program.theta());
    };
    const [first, still, moved] = [after(0.01, 1), after(0, 2), after(0.01, 3)];
    program.dispose();
    if (still !== first) return "a second step with a rate of 0 moves the parameters";
    return moved === still ? "a third step with a rate above 0 moves nothing" : undefined;
  }),
  contract("the loss falls", async (subject, setting, { steps }) => {
    const engine = await openNamedEngine("reference");
    const falls = RATES.some((learningRate) => {
      const program = startedProgram(engine, subject, setting);
      const losses = Array.from({ length: steps }, (_, i) =>
        program.step(setting.batch, i + 1, { learningRate, weightDecay: 0 }),
      );
      program.dispose();
      return losses.at(-1)! < losses[0]!;
    });
    return falls ? undefined : `not in ${steps} steps at a learning rate of ${RATES.join(" or ")}`;
  }),
  contract("no tensor is left behind", async (subject, setting) => {
    const engine = await openNamedEngine("reference");
    const before = tensorCount();
    const program = startedProgram(engine, subject, setting);
    const held = [1, 2, 3].map((t) => {
      program.step(setting.batch, t, SCALARS);
      return tensorCount();
    });
    program.dispose();
    if (new Set(held).size > 1) return `${held[1]! - held[0]!} more after every step`;
    return tensorCount() === before ? undefined : `${tensorCount() - before} after the end`;
  }),
  contract("the same numbers again, bit by bit", async (subject, setting) => {
    const [first, second] = [await afterSteps(subject, setting, 3), await afterSteps(subject, setting, 3)];
    return bitsOf(first) === bitsOf(second) ? undefined : "3 steps twice are not the same";
  }),
  contract("saved, read and gone on with is the same as not stopping", async (subject, setting) => {
    const engine = await openNamedEngine("reference");
    const [whole, resumed] = [startedProgram(engine, subject, setting), startedProgram(engine, subject, setting)];
    for (let t = 1; t <= 2; t++) whole.step(setting.batch, t, SCALARS);
    resumed.restore(whole.read());
    for (const program of [whole, resumed]) program.step(setting.batch, 3, SCALARS);
    const same = bitsOf(whole.read()) === bitsOf(resumed.read());
    whole.dispose();
    resumed.dispose();
    return same ? undefined : "the third step is another: what it depends on is not all state";
  }),
  contract(
    "compiled steps are eager ones in double precision",
    async (subject, setting, { compared, by, compiled }) => {
      if (compiled === undefined) return undefined;
      const wanted = await afterSteps(subject, setting, compared);
      const held = await afterSteps(subject, setting, compared, compiled);
      return apartFrom(wanted, held, `on ${compiled}: double precision`, SINGLE, by);
    },
  ),
  contract("a gradient that is no number is reported by parameter", async (subject, setting) => {
    const [first] = Object.keys(setting.problem.parameters);
    const start = { ...setting.start, [first!]: setting.start[first!]!.map(() => NaN) };
    const program = startedProgram(await openNamedEngine("reference"), subject, { ...setting, start });
    const loss = program.step(setting.batch, 1, SCALARS);
    const broken = program.brokenGradients();
    program.dispose();
    return broken.includes(first!) && !Number.isFinite(loss) ? undefined : `${first} has one, and is not named`;
  }),
];

/** The gradient with the decay in it. */
const COUPLED: Call = { t: LATE, weightDecay: 0, gradient: (i, weight) => Math.sin(i + 1) + 0.3 * weight };

const decayApart = (step: readonly number[], weights: HostArray): number[] =>
  step.map((value, i) => value - SCALARS.learningRate * 0.3 * weights[i]!);

/** The parameters after some steps. */
async function afterSteps(
  subject: Subject,
  setting: Setting,
  steps: number,
  engine: EngineName = "reference",
): Promise<Record<string, HostArray>> {
  const program = startedProgram(await openNamedEngine(engine), subject, setting);
  for (let t = 1; t <= steps; t++) program.step(setting.batch, t, SCALARS);
  const theta = program.theta();
  program.dispose();
  await openNamedEngine("reference");
  return theta;
}

function oddOf(wanted: Leaves<string>, held: Leaves<string>, what: string): string | undefined {
  const path = [...new Set([...Object.keys(wanted), ...Object.keys(held)])].find((one) => wanted[one] !== held[one]);
  return path && `${what} of ${path} is ${held[path] ?? "missing"}, not ${wanted[path] ?? "absent"}`;
}

function notFinite(step: Leaves<readonly number[]>): string | undefined {
  const name = Object.keys(step).find((one) => !step[one]!.every(Number.isFinite));
  return name && `the step of ${name} is not finite`;
}

function notZero(step: Leaves<readonly number[]>): string | undefined {
  const name = Object.keys(step).find((one) => step[one]!.some((value) => value !== 0));
  return name && `the step of ${name} is not 0`;
}

/** @param what the expected numbers are. @param by how differences are measured, relative to the largest number. */
function apartFrom(
  wanted: Leaves<ArrayLike<number>>,
  held: Leaves<ArrayLike<number>>,
  what: string,
  tolerance = DOUBLE,
  by: Thoroughness["by"] = "largest",
): string | undefined {
  for (const [name, expected] of Object.entries(wanted)) {
    const numbers = Array.from(expected);
    const scale = numbers.reduce((most, value) => Math.max(most, Math.abs(value)), Number.MIN_VALUE);
    const apart = numbers.map((value, i) => Math.abs(held[name]![i]! - value) / scale);
    const mean = Math.sqrt(apart.reduce((sum, value) => sum + value ** 2, 0) / apart.length);
    const difference = by === "mean" ? mean : apart.reduce((most, value) => Math.max(most, value), 0);
    if (!(difference <= tolerance)) return `${name} is ${difference.toExponential(1)} off; expected with ${what}`;
  }
  return undefined;
}
