import { realpathSync } from "node:fs";
import { EXIT, UserError } from "../core/errors.js";
import { display } from "../core/files.js";
import { reading } from "../core/system-error.js";
import { LEARNERS } from "../meta/index.js";
import { MODELS } from "../models/index.js";
import { METHODS, type LearnerId, type MethodId } from "../optimisers/index.js";
import { DASHES, type Look, MARKERS } from "../core/look.js";
import type { Blamed } from "./blame.js";
import { contentsOf, type Contents } from "./contents.js";
import { entriesOf, type Entries } from "./entries.js";
import { guardedLearner, guardedModel, guardedOptimiser } from "./guard.js";
import { ACCEPTED, checkKind, importModule } from "./import-module.js";
import type { Plugin, Wanted } from "./plugin.js";

/** By file, in the order in which they came. A process has each once and never another content of it. */
const installed = new Map<string, Plugin>();
let last: Promise<unknown> = Promise.resolve();

/** Imports modules and puts what they bring into the tables of this process, for good: nothing may have looked there for it
 *  before. One that is there already is left as it is.
 *  @returns them. @throws UserError: (usage) a module that does not load, or brings what does not fit; (data) one that has
 *  another content than it must, or than it had before. */
export function installPlugins(wanted: readonly Wanted[]): Promise<Plugin[]> {
  const all = last.then(async () => {
    const plugins: Plugin[] = [];
    for (const one of wanted) plugins.push(await install(one));
    return plugins;
  });
  last = all.catch(() => undefined);
  return all;
}

/** The plug-in of a file, if it is in the tables. */
export const installedPlugin = (file: string): Plugin | undefined => installed.get(file) ?? installed.get(realOr(file));

async function install({ file: named, where = display(named), sha256 }: Wanted): Promise<Plugin> {
  const file = reading({ where, accepted: ACCEPTED, hints: { ENOENT: "check the path" } }, () => realpathSync(named));
  checkKind(file, where);
  const contents = read(file, where);
  const known = installed.get(file);
  const expected = sha256 ?? known?.sha256;
  if (expected !== undefined && contents.sha256 !== expected) throw changed(where, contents.sha256, expected);
  if (known !== undefined) return known;
  const exported = await importModule(file, contents.files, where);
  const entries = entriesOf(exported, where);
  const after = read(file, where);
  if (after.sha256 !== contents.sha256) throw changed(where, after.sha256, contents.sha256);
  const plugin = putIn(entries, file, contents);
  installed.set(file, plugin);
  return plugin;
}

const read = (file: string, where: string): Contents => reading({ where, accepted: ACCEPTED }, () => contentsOf(file));

function realOr(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

const changed = (where: string, held: string, expected: string): UserError =>
  new UserError(EXIT.data, {
    where,
    given: `its content has changed since the command was started: sha256 ${held.slice(0, 16)}…`,
    accepted: `${expected.slice(0, 16)}…: one content for all runs`,
    hint: "run the same command again: what it changes are other runs, and those of before are kept",
  });

function putIn({ optimisers, learners, models }: Entries, file: string, { files, sha256 }: Contents): Plugin {
  const shown = display(file);
  const blamed = (id: string): Blamed => ({
    where: `${id} of ${shown}`,
    files,
    hint: `metamd check ${shown} looks into it`,
  });
  for (const [id, entry] of Object.entries(optimisers)) {
    const look = entry.look ?? spareLook(METHODS.ids().map((other) => METHODS.of(other).look));
    METHODS.add(id, guardedOptimiser({ ...entry, look }, blamed(id)));
  }
  for (const [id, entry] of Object.entries(learners)) LEARNERS.add(id, guardedLearner(entry, blamed(id)));
  for (const [id, entry] of Object.entries(models)) MODELS.add(id, guardedModel(entry, blamed(id)));
  return {
    file,
    sha256,
    methods: Object.keys(optimisers) as MethodId[],
    learners: Object.keys(learners) as LearnerId[],
    models: Object.keys(models),
  };
}

/** For methods that bring no look: on white paper, and on a dark page. */
const COLOURS: readonly Pick<Look, "colour" | "dark">[] = [
  { colour: "#b3460e", dark: "#ffa266" },
  { colour: "#0b6e8a", dark: "#57c7e3" },
  { colour: "#8a2f7a", dark: "#e58ed6" },
  { colour: "#5f6b12", dark: "#c3d052" },
  { colour: "#3f4fb8", dark: "#99a7ff" },
  { colour: "#7a4a2b", dark: "#d6a684" },
];

/** A look with a dash and marker that none of the others has, as long as there is one. */
function spareLook(others: readonly Look[]): Look {
  const all = MARKERS.flatMap((marker) => DASHES.map((dash) => ({ dash, marker })));
  const free = all.filter(({ dash, marker }) => !others.some((one) => one.dash === dash && one.marker === marker));
  const from = free.length > 0 ? free : all;
  return { ...COLOURS[others.length % COLOURS.length]!, ...from[others.length % from.length]! };
}
