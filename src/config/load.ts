import { EXIT, UserError } from "../core/errors.js";
import { METHODS, type MethodId } from "../optimisers/index.js";
import { crossChecks } from "./checks.js";
import { inertKeys } from "./inert-keys.js";
import { broughtBy, heldPlugins, pluginsOf, type ConfigPlugin } from "./plugins.js";
import { identify, readConfig, type ConfigFlags, type Identity } from "./read-config.js";
import { configSchemaFor, type Config } from "./schema.js";
import { resolvedTuning } from "./tuning.js";

/** Keys that no run depends on: they may change while an experiment is under way. */
type BesideRuns = "keepWeights" | "analysis" | "engine";

/** What of the engine's settings changes numbers, where it is not as usual. */
export const engineSwitches = ({ engine }: Pick<Config, "engine">): Partial<Config["engine"]> => ({
  ...(engine.tf32 && { tf32: true }),
  ...(!engine.deterministic && { deterministic: false }),
});

/** A config with preset, `--set` and `--seed` applied and every default filled in. */
export interface ResolvedConfig extends Config, Identity {
  /** The file, as messages name it. */
  readonly file: string;
  readonly preset: string;
  /** The modules from outside that it names. */
  readonly pluginFiles: readonly ConfigPlugin[];
  /** The same as plain values, for plans and records, without what no run depends on. */
  readonly resolved: Omit<Config, BesideRuns | "plugins"> & { readonly engine?: Partial<Config["engine"]> };
}

const BEGIN = "begin with name, suite, model, training, methods and tuning; see configs/quickstart.yaml";

/** Reads, overlays and checks the config of an experiment. Where it names plug-ins, `loadPlugins` comes first.
 *  @throws UserError (usage) that lists everything wrong with it: where, what was given, what is accepted, the hint. */
export function loadConfig(flags: ConfigFlags): ResolvedConfig {
  const plugins = pluginsOf(flags);
  const schema = configSchemaFor(flags.data, broughtBy(plugins));
  const { file, preset, value } = readConfig(flags, { schema, begin: BEGIN, crossChecks, inertKeys });
  return completed(value, file, preset, plugins);
}

/** A config that was resolved before. */
interface Held {
  readonly file: string;
  readonly preset: string;
  readonly configHash: string;
  /** As `heldValues` gives it. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** A config as plain values, which `restoreConfig` takes. */
export const heldValues = ({
  resolved,
  pluginFiles,
  keepWeights,
  analysis,
  engine,
}: ResolvedConfig): Held["config"] => ({
  ...resolved,
  ...(pluginFiles.length > 0 && { plugins: pluginFiles }),
  keepWeights,
  analysis,
  engine,
});

/** The config that another process resolved: neither its file nor the flags are looked at any more. Where it
 *  has plug-ins, `loadHeldPlugins` comes first.
 *  @param where it is held, for messages. @param dataFolder folder of all datasets.
 *  @throws UserError (data) when this program does not make the same of it. */
export function restoreConfig(held: Held, where: string, dataFolder: string): ResolvedConfig {
  const { plugins: named, ...values } = held.config;
  const plugins = heldPlugins(named, where);
  const parsed = configSchemaFor(dataFolder, broughtBy(plugins)).safeParse(values);
  const config = parsed.success ? completed(parsed.data, held.file, held.preset, plugins) : undefined;
  if (config?.hash === held.configHash) return config;
  throw new UserError(EXIT.data, {
    where,
    given: "a config of which this metamd, with the data that are here, makes another",
    accepted: `the config ${held.configHash}, read by the version of metamd that wrote it`,
    hint: "the same command again, without the jobs in the queue, submits it again",
  });
}

/** Fills in what depends on the whole config, and names it. */
function completed(config: Config, file: string, preset: string, pluginFiles: readonly ConfigPlugin[]): ResolvedConfig {
  const { keepWeights, analysis, engine, plugins, ...ofRuns } = config;
  const switches = engineSwitches(config);
  const resolved = {
    ...ofRuns,
    ...(pluginFiles.length > 0 && { plugins: pluginFiles.map(({ written, sha256 }) => ({ file: written, sha256 })) }),
    methodSettings: settingsOf(config),
    tuning: resolvedTuning(config),
    ...(Object.keys(switches).length > 0 && { engine: switches }),
  };
  const named = identify(preset, resolved);
  return { ...resolved, plugins, keepWeights, analysis, engine, file, preset, pluginFiles, ...named, resolved };
}

/** Hyper-parameters of the methods that take part, defaults filled in; of those that only variants are of, where they are
 *  given. */
function settingsOf({ methods, methodSettings, variants = {} }: Config): Config["methodSettings"] {
  const changed = Object.values(variants).flatMap(({ of }) => (methodSettings[of] === undefined ? [] : [of]));
  const ids = [...new Set<MethodId>([...methods, ...changed])];
  const entries = ids.map((id) => [id, methodSettings[id] ?? METHODS.of(id).settings.parse({})] as const);
  return Object.fromEntries(entries) as Config["methodSettings"];
}
