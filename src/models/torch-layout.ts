import { EXIT, UserError, type Fault } from "../core/errors.js";
import { flawOf } from "../core/finite.js";
import { suggestion } from "../core/registry.js";
import { map, type Leaves } from "../core/tree.js";
import type { HostArray } from "../engine/host.js";
import type { ParameterSpec, ValueSpec } from "../engine/parameters.js";
import { everyParameter, type Model } from "./model.js";

/** Row-major numbers of a shape. */
export interface Stored {
  readonly shape: readonly number[];
  readonly values: HostArray;
  /** The type that they have in their file; absent: that of `values`. */
  readonly dtype?: string;
}

/** What became of the classifier of pretrained weights: taken, or fresh where they have none for this many classes. */
export type HeadOrigin = "taken" | "fresh";

/** PyTorch counts the batches that a normalisation has seen; nothing here depends on it. */
const COUNTER = ".num_batches_tracked";

/** What of a model, or of a problem of one, is stored. */
type Valued = Pick<Model, "parameters" | "frozen" | "statistics">;

/** A model that begins with given weights and running statistics, as PyTorch stores them: kernels [out, in, kh, kw], linear
 *  weights [out, in]. The classifier is taken if it has as many classes, else it stays fresh.
 *  @param stored by PyTorch's names: each of the model's, and no other but counters of batches.
 *  @param where the file, for messages.
 *  @throws UserError (data) that lists every name that is missing, unexpected, of another shape or with numbers that are
 *  not finite. */
export function pretrained<Of extends Valued>(
  model: Of,
  stored: Leaves<Stored>,
  where: string,
): { model: Of; head: HeadOrigin } {
  const parameters = everyParameter(model);
  const statistics = model.statistics ?? {};
  const specs: Record<string, ValueSpec> = { ...parameters, ...statistics };
  const head = headOrigin(parameters, stored);
  const taken = (name: string): boolean => head === "taken" || parameters[name]?.head !== true;
  const prefix = strangePrefix(Object.keys(specs), Object.keys(stored));
  if (prefix !== undefined) throw new UserError(EXIT.data, { where, ...prefix });
  const faults: Fault[] = [];
  for (const [name, { shape }] of Object.entries(specs)) {
    if (!taken(name)) continue;
    const given = Object.hasOwn(stored, name) ? stored[name]!.shape : undefined;
    const accepted = torchShape(shape);
    if (given?.join() === accepted.join()) {
      faults.push(...flaws(`${where} ${name}`, stored[name]!), ...noWeights(`${where} ${name}`, stored[name]!));
      continue;
    }
    faults.push({
      where: `${where} ${name}`,
      given: given === undefined ? "missing" : `shape ${inBrackets(given)}`,
      accepted: `shape ${inBrackets(accepted)}`,
      hint: "take weights of this model, or set model.kind and model.width to theirs",
    });
  }
  for (const name of Object.keys(stored)) {
    if (Object.hasOwn(specs, name) || isCounter(name, statistics)) continue;
    faults.push({
      where: `${where} ${name}`,
      given: "unexpected",
      accepted: `the names of the model: ${summary(Object.keys(specs))}`,
      hint: suggestion(name, Object.keys(specs)) ?? "take weights of this model, or leave it out of the file",
    });
  }
  if (faults.length > 0) throw new UserError(EXIT.data, shortened(faults, where));
  const given = <Spec extends ValueSpec>(of: Leaves<Spec>): Record<string, Spec> =>
    map((spec, name) => {
      if (!taken(name)) return spec;
      const values = reordered(stored[name]!.values, spec.shape, "fromTorch");
      return { ...spec, initialise: { kind: "given", values } as const };
    }, of);
  return {
    model: {
      ...model,
      parameters: given(model.parameters),
      ...(model.frozen && { frozen: given(model.frozen) }),
      ...(model.statistics && { statistics: given(model.statistics) }),
    },
    head,
  };
}

/** Weights of another model differ in every name: some of them tell it. */
function shortened(faults: readonly Fault[], where: string): readonly Fault[] {
  const more = faults.length - MOST_FAULTS;
  if (more <= 1) return faults;
  const rest = { where, given: `${more} more names that do not fit`, hint: "take weights of this model" };
  return [...faults.slice(0, MOST_FAULTS), rest];
}
const MOST_FAULTS = 20;

/** Integers are no weights, but codes that a scale belongs to, or a mask. */
function noWeights(where: string, { dtype = "F32" }: Stored): Fault[] {
  if (/^B?F\d/.test(dtype)) return [];
  return [{ where, given: `dtype ${dtype}`, accepted: "F64, F32, F16, BF16, F8", hint: "convert it to F32" }];
}

/** The beginning that other programs give every name ("module." of DataParallel, "_orig_mod." of torch.compile), where the
 *  model's names follow it. */
function strangePrefix(known: readonly string[], given: readonly string[]): Omit<Fault, "where"> | undefined {
  if (given.some((name) => known.includes(name))) return undefined;
  const counts = new Map<string, number>();
  for (const name of given)
    for (const one of known)
      if (name.endsWith(`.${one}`)) {
        const before = name.slice(0, -one.length);
        counts.set(before, (counts.get(before) ?? 0) + 1);
      }
  const [prefix] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [];
  if (prefix === undefined) return undefined;
  const all = given.every((name) => name.startsWith(prefix));
  return {
    given: `${all ? "all names begin" : `the model's names begin`} with ${prefix}`,
    accepted: `the names of the model: ${summary(known)}`,
    hint: `--set model.pretrainedPrefix=${prefix} takes it off`,
  };
}

/** Tensors without the beginning of their names; those that have another name are left out. */
export const withoutPrefix = (stored: Leaves<Stored>, prefix: string): Record<string, Stored> =>
  Object.fromEntries(
    Object.entries(stored).flatMap(([name, held]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), held] as const] : [],
    ),
  );

/** The inverse of `pretrained`: a model's values as PyTorch stores them.
 *  @param values of every parameter and running statistic, by name. */
export const stateDict = (model: Valued, values: Leaves<HostArray>): Record<string, Stored> =>
  map(
    ({ shape }: ValueSpec, name) => ({
      shape: torchShape(shape),
      values: reordered(values[name]!, shape, "toTorch"),
    }),
    { ...everyParameter(model), ...model.statistics },
  );

/** Fresh where the weights have no classifier, or one that differs from the model's in the number of classes only. */
function headOrigin(parameters: Leaves<ParameterSpec>, stored: Leaves<Stored>): HeadOrigin {
  const ofHead = Object.entries(parameters).filter(([, { head }]) => head);
  const held = ofHead.filter(([name]) => Object.hasOwn(stored, name));
  if (held.length === 0) return "fresh";
  const classes = new Set(held.map(([name]) => stored[name]!.shape[0]));
  const alike = ([name, { shape }]: [string, ParameterSpec]): boolean =>
    stored[name]!.shape.slice(1).join() === shape.slice(1).join();
  const others = classes.size === 1 && !classes.has(ofHead[0]![1].shape[0]);
  return others && held.length === ofHead.length && held.every(alike) ? "fresh" : "taken";
}

/** What is wrong with numbers that a model is to begin with. */
function flaws(where: string, { values }: Stored): Fault[] {
  const given = flawOf(values);
  if (given === undefined) return [];
  return [{ where, given, accepted: "finite numbers", hint: "take the file as it was made, or make it again" }];
}

const isCounter = (name: string, statistics: Leaves<ValueSpec>): boolean =>
  name.endsWith(COUNTER) && Object.hasOwn(statistics, `${name.slice(0, -COUNTER.length)}.running_mean`);

/** Kernels are [kh, kw, in, out] here and [out, in, kh, kw] in PyTorch; all else is the same. */
export const torchShape = (shape: readonly number[]): readonly number[] =>
  shape.length === 4 ? [shape[3]!, shape[2]!, shape[0]!, shape[1]!] : shape;

/** The numbers of a parameter of our shape in the other order. */
function reordered(values: HostArray, shape: readonly number[], direction: "fromTorch" | "toTorch"): HostArray {
  if (shape.length !== 4) return values;
  const [places, inputs, outputs] = [shape[0]! * shape[1]!, shape[2]!, shape[3]!];
  const result = values.slice();
  for (let place = 0, ours = 0; place < places; place++)
    for (let i = 0; i < inputs; i++)
      for (let o = 0; o < outputs; o++, ours++) {
        const theirs = (o * inputs + i) * places + place;
        if (direction === "fromTorch") result[ours] = values[theirs]!;
        else result[theirs] = values[ours]!;
      }
  return result;
}

/** Numbers of a parameter, or shaped like one, in PyTorch's order. @param shape ours. */
export const torchOrder = (values: HostArray, shape: readonly number[]): HostArray =>
  reordered(values, shape, "toTorch");

/** Where the columns of a parameter seen as a matrix lie in ours, in PyTorch's order: places × channels here, channels ×
 *  places there. @param channels of what the columns run over; all of them: the two orders are one. */
export function torchColumns(columns: number, channels: number): Int32Array {
  const places = columns / channels;
  return Int32Array.from({ length: columns }, (_, at) => (at % places) * channels + Math.floor(at / places));
}

const inBrackets = (shape: readonly number[]): string => `[${shape.join(", ")}]`;
const summary = (names: readonly string[]): string => `${names.slice(0, 3).join(", ")}, … ${names.at(-1)!}`;
