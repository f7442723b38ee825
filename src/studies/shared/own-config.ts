import { smallerKeys, type SizeKeys } from "../../config/own-size.js";
import { identify, readConfig, type ConfigFlags, type ConfigKind, type Identity } from "../../config/read-config.js";
import { shippedConfigs, type StudyName } from "../../config/shipped.js";
import { readConfigFile } from "../../config/read-file.js";

/** The config of a study that has one of its own, with everything filled in. */
export interface OwnConfig<Value> extends Identity {
  readonly file: string;
  readonly preset: string;
  readonly value: Value;
  /** Keys in which it is smaller than the shipped config of the study at the same preset. */
  readonly ownSize: readonly string[];
}

/** What a study's config is, besides its keys. */
interface OwnKind<Value> extends ConfigKind<Value> {
  readonly study: StudyName;
  /** What decides whether its results are of the paper's size; absent: it says nothing of the paper. */
  readonly size?: SizeKeys;
  /** Keys that no number depends on. */
  readonly without?: readonly (keyof Value)[];
}

/** Reads and names a study's config. @throws UserError (usage) that lists everything wrong with it. */
export function ownConfig<Value extends { readonly name: string }>(
  flags: ConfigFlags,
  kind: OwnKind<Value>,
): OwnConfig<Value> {
  const checked = readConfig(flags, kind);
  const without = Object.fromEntries((kind.without ?? []).map((key) => [key, undefined]));
  const deciding = { ...checked.value, ...without };
  return { ...checked, ...identify(checked.preset, deciding), ownSize: ownSizeOf(checked, kind, flags) };
}

function ownSizeOf<Value extends object>(
  { preset, value }: { readonly preset: string; readonly value: Value },
  kind: OwnKind<Value>,
  { data }: ConfigFlags,
): string[] {
  const [config] = shippedConfigs(kind.study);
  if (kind.size === undefined || config === undefined) return [];
  const known = Object.hasOwn(readConfigFile(config, kind).presets, preset);
  const shipped = readConfig({ config, ...(known && { preset }), ...(data !== undefined && { data }) }, kind);
  return smallerKeys(value, shipped.value, kind.size);
}
