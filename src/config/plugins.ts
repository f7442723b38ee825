import { dirname, resolve } from "node:path";
import { EXIT, UserError } from "../core/errors.js";
import { installedPlugin, installPlugins, NOTHING_BROUGHT, type Brought, type Plugin } from "../plugins/index.js";
import { isMapping, ownerOf, type Layer } from "./layers.js";
import { setLayer } from "./overrides.js";
import type { ConfigFlags } from "./read-config.js";
import { readConfigFile, type ConfigFile } from "./read-file.js";

/** A plug-in that a config names. */
interface NamedPlugin {
  /** As it is written, and absolute. */
  readonly written: string;
  readonly file: string;
  /** For messages: the config's line, or the flag, and the path. */
  readonly where: string;
}

/** A plug-in of a config, with its content. */
export interface ConfigPlugin extends Plugin {
  readonly written: string;
}

/** Imports the plug-ins that the flags, or the config that they name, ask for: before `loadConfig`, which knows their
 *  methods then. A plug-in is code that runs with the rights of whoever calls this.
 *  @throws UserError: (usage) a plug-in does not load; (data) its content has changed since this process loaded it. */
export async function loadPlugins(flags: ConfigFlags): Promise<void> {
  await installPlugins(namedPlugins(flags));
}

/** The plug-ins of a config, which must be loaded. @throws UserError (usage) for one that is not. */
export const pluginsOf = (flags: ConfigFlags): ConfigPlugin[] => namedPlugins(flags).map(loaded);

function loaded({ written, file, where }: NamedPlugin): ConfigPlugin {
  const plugin = installedPlugin(file);
  if (plugin !== undefined) return { ...plugin, written };
  const hint = "await loadPlugins(flags) before loadConfig(flags)";
  throw new UserError(EXIT.usage, { where, given: "a plug-in that is not loaded", accepted: "one that is", hint });
}

/** All that several plug-ins bring. */
export const broughtBy = (plugins: readonly Brought[]): Brought =>
  plugins.length === 0
    ? NOTHING_BROUGHT
    : {
        methods: plugins.flatMap(({ methods }) => methods),
        learners: plugins.flatMap(({ learners }) => learners),
        models: plugins.flatMap(({ models }) => models),
      };

/** A plug-in of a config that another process resolved. */
type HeldPlugin = Pick<ConfigPlugin, "file" | "written" | "sha256">;

/** Imports the plug-ins of a config that another process resolved: before `restoreConfig`. @param where it is held.
 *  @throws UserError: (usage) one does not load; (data) one has another content than it had then. */
export async function loadHeldPlugins(held: Readonly<Record<string, unknown>>, where: string): Promise<void> {
  const named = (held.plugins ?? []) as readonly HeldPlugin[];
  await installPlugins(named.map(({ file, written, sha256 }) => ({ file, sha256, where: `${where} ${written}` })));
}

/** The plug-ins of such a config. @param held as it is there; undefined: none. @throws UserError (usage): one is not loaded. */
export const heldPlugins = (held: unknown, where: string): ConfigPlugin[] =>
  ((held ?? []) as readonly HeldPlugin[]).map(({ file, written }) =>
    loaded({ file, written, where: `${where} ${written}` }),
  );

/** What names plug-ins, later layers over earlier ones; a file that cannot be read, and a value of another form,
 *  are left to the schema. @throws UserError (usage): a preset names some. */
function namedPlugins({ config, set = [] }: ConfigFlags): NamedPlugin[] {
  const flags = set.map(setLayer);
  const file = config === undefined ? undefined : readable(config);
  const layers = [...(file === undefined ? [] : [file.base]), ...flags];
  for (const [name, preset] of Object.entries(file?.presets ?? {})) refuseInPreset(name, preset);
  if (layers.length === 0) return [];
  const owner = ownerOf(layers, ["plugins"]);
  const list = owner.value.plugins;
  if (!Array.isArray(list)) return [];
  const folder = owner.byFlag || file === undefined ? process.cwd() : dirname(resolve(file.file));
  return list.flatMap((written: unknown, i): NamedPlugin[] =>
    typeof written !== "string" || written === ""
      ? []
      : [{ written, file: resolve(folder, written), where: `${owner.where(["plugins", i])} ${written}` }],
  );
}

/** What is wrong with a file is said by who asks for its config. */
function readable(config: string): ConfigFile | undefined {
  try {
    return readConfigFile(config, { begin: "" });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function refuseInPreset(name: string, { value, where }: Layer): void {
  if (!isMapping(value) || value.plugins === undefined) return;
  throw new UserError(EXIT.usage, {
    where: where(["plugins"]),
    given: `plug-ins of preset ${name} alone`,
    accepted: "plugins at the top of the file, for all presets",
    hint: "move them there",
  });
}
