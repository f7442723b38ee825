import type { z } from "zod";
import { EXIT, UserError, type Fault } from "../core/errors.js";
import { contentId } from "../core/hash.js";
import { suggestion } from "../core/registry.js";
import { boundFaults } from "./bounds.js";
import { locate, faultsOf, type PathFault } from "./faults.js";
import type { InertKey } from "./inert-keys.js";
import { jsonSchemaOf } from "./json-schema.js";
import { dotted, merge, ownerOf, valueAt, without, type Layer, type Mapping, type Path } from "./layers.js";
import { pretrainedLayer, seedLayer, setLayer } from "./overrides.js";
import { readConfigFile, type ConfigFile } from "./read-file.js";
import type { StudyName } from "./shipped.js";

/** The flags that decide a config. */
export interface ConfigFlags {
  readonly config?: string | undefined;
  readonly set?: readonly string[];
  readonly preset?: string | undefined;
  readonly seed?: number | undefined;
  /** A file of initial weights, as `model.pretrained`. */
  readonly pretrained?: string | undefined;
  /** Folder of all datasets, whose manifest may describe the user's own domains. */
  readonly data?: string;
}

/** What a config file may hold. */
export interface ConfigKind<Value> {
  /** The study whose config it is; absent for experiments. */
  readonly study?: StudyName;
  readonly schema: z.ZodType<Value>;
  /** How to begin such a file. */
  readonly begin: string;
  /** What one key alone cannot tell. */
  crossChecks(value: Value): PathFault[];
  /** The keys that are written and can change nothing. @param written without defaults. */
  inertKeys?(value: Value, written: Mapping): InertKey[];
}

/** A checked config, with preset, `--set`, `--seed` and `--pretrained` applied. */
export interface CheckedConfig<Value> {
  /** The file, as messages name it. */
  readonly file: string;
  readonly preset: string;
  readonly value: Value;
}

/** What names a config's results. */
export interface Identity {
  /** Folder below the results: the name, and the preset's name unless it is paper. */
  readonly experimentFolder: string;
  /** Of everything that decides numbers; names and titles do not. */
  readonly hash: string;
}

/** The preset that is the file itself. */
const PAPER = "paper";

/** Keys that no number depends on. */
const LABELS: readonly string[] = ["name", "title", "table", "experiment"];

/** Names a config's results. @param resolved the whole config with every default filled in. */
export function identify(preset: string, resolved: { readonly name: string }): Identity {
  const deciding = Object.entries(resolved).filter(([key]) => !LABELS.includes(key));
  const { name } = resolved;
  return {
    experimentFolder: preset === PAPER ? name : `${name}-${preset}`,
    hash: contentId(Object.fromEntries(deciding)),
  };
}

/** Reads, overlays and checks a config.
 *  @throws UserError (usage) that lists everything wrong with it: where, what was given, what is accepted, the hint. */
export function readConfig<Value>(flags: ConfigFlags, kind: ConfigKind<Value>): CheckedConfig<Value> {
  const source = readConfigFile(flags.config, kind);
  const preset = flags.preset ?? PAPER;
  const chosen = presetLayers(source, preset);
  const overrides = (flags.set ?? []).map(setLayer);
  if (flags.seed !== undefined) overrides.push(seedLayer(flags.seed));
  if (flags.pretrained !== undefined) overrides.push(pretrainedLayer(flags.pretrained));
  const { schema } = kind;
  const layers = withoutOtherKinds(schema, [source.base, ...chosen, ...overrides]);
  const more = [...overlaidFaults(schema, source, layers), ...otherPresetFaults(schema, source, preset)];
  return { file: source.file, preset, value: check(kind, layers, more) };
}

function presetLayers({ file, presets }: ConfigFile, preset: string): Layer[] {
  if (preset === PAPER) return [];
  if (Object.hasOwn(presets, preset)) return [presets[preset]!];
  const known = [PAPER, ...Object.keys(presets)];
  throw new UserError(EXIT.usage, {
    where: "--preset",
    given: `unknown preset ${JSON.stringify(preset)}`,
    accepted: `${known.join(", ")} (in ${file})`,
    hint: suggestion(preset, known) ?? "choose one of these",
  });
}

/** The layers without what they say of another kind than the one that a later layer chooses, of a model say: nothing that is
 *  laid over a key can take it away. Keys that both kinds have stay. */
function withoutOtherKinds(schema: z.ZodType, layers: readonly Layer[]): Layer[] {
  const ofOtherKind = (path: Path): boolean => {
    const kind = [...path.slice(0, -1), "kind"];
    const below = layers.slice(0, layers.indexOf(ownerOf(layers, path)) + 1);
    const before = valueAt(merge(below), kind);
    return before.found && before.value !== valueAt(merge(layers), kind).value;
  };
  const left = faultsIn(schema, layers).filter(({ path }) => ofOtherKind(path));
  return layers.map((layer) => ({
    ...layer,
    value: left.reduce((held, { path }) => without(held, path), layer.value),
  }));
}

/** Checks the merged layers; the faults of other presets are listed with those found. */
function check<Value>(kind: ConfigKind<Value>, layers: readonly Layer[], more: readonly Fault[]): Value {
  const merged = merge(layers);
  const parsed = kind.schema.safeParse(merged);
  const faults = parsed.success
    ? beyond(kind, parsed.data, layers)
    : faultsOf(kind.schema, parsed.error, merged, layers);
  const located = [...locate(faults, layers), ...more];
  if (located.length > 0 || !parsed.success) throw new UserError(EXIT.usage, located);
  return parsed.data;
}

/** What is wrong with a value whose keys are right one by one. What is too large is not looked at any further. */
function beyond<Value>(kind: ConfigKind<Value>, value: Value, layers: readonly Layer[]): PathFault[] {
  const large = boundFaults(jsonSchemaOf(kind.schema), value);
  return large.length > 0 ? large : [...kind.crossChecks(value), ...inertWhereWritten(kind, layers, value)];
}

/** The keys that can change nothing, neither in the whole config nor in what lies below the layer that writes them: a file's
 *  key for a Bayesian search is no slip where `--strategy grid` leaves it without a use, and nobody could take it away. */
function inertWhereWritten<Value>(kind: ConfigKind<Value>, layers: readonly Layer[], value: Value): InertKey[] {
  const inert = (held: Value, of: readonly Layer[]): InertKey[] => kind.inertKeys?.(held, merge(of)) ?? [];
  return inert(value, layers).filter(({ path, byFlagOnly }) => {
    const owner = ownerOf(layers, path);
    if (byFlagOnly === true && !owner.byFlag) return false;
    const below = layers.slice(0, layers.indexOf(owner) + 1);
    const parsed = kind.schema.safeParse(merge(below));
    return !parsed.success || inert(parsed.data, below).some((other) => dotted(other.path) === dotted(path));
  });
}

/** What is wrong in the file itself, but does not show because a preset or a flag replaces it. */
function overlaidFaults(schema: z.ZodType, { base }: ConfigFile, layers: readonly Layer[]): Fault[] {
  const shown = new Set(faultsIn(schema, layers).map(({ path }) => dotted(path)));
  return locate(
    faultsIn(schema, [base]).filter(({ path }) => !shown.has(dotted(path))),
    [base],
  );
}

/** What is wrong in presets that were not asked for: a slip should not wait until they are. What is wrong without them
 *  too is left to `check`. */
function otherPresetFaults(schema: z.ZodType, { base, presets }: ConfigFile, preset: string): Fault[] {
  const without = new Set(faultsIn(schema, [base]).map(({ path }) => dotted(path)));
  return Object.entries(presets).flatMap(([name, layer]) => {
    if (name === preset) return [];
    const layers = [base, layer];
    const own = faultsIn(schema, layers).filter(
      ({ path }) => ownerOf(layers, path) === layer && !without.has(dotted(path)),
    );
    return locate(own, layers);
  });
}

function faultsIn(schema: z.ZodType, layers: readonly Layer[]): PathFault[] {
  const merged = merge(layers);
  const { error } = schema.safeParse(merged);
  return error === undefined ? [] : faultsOf(schema, error, merged, layers);
}
