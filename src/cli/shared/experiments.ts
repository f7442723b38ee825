import { join } from "node:path";
import type { GlobalFlags } from "./globals.js";

/** The folders of the experiments that a command is about: the named one, that of --config, or all of the results folder.
 *  @throws UserError (usage) for a name that is none, with those that are. */
export async function chosenExperiments(name: string | undefined, flags: GlobalFlags): Promise<string[]> {
  const { listExperiments } = await import("../../records/store.js");
  const { EXIT, UserError } = await import("../../core/errors.js");
  const { suggestion } = await import("../../core/registry.js");
  const known = listExperiments(flags.results);
  const only = name ?? (flags.config === undefined ? undefined : await folderOf(flags));
  if (only === undefined ? known.length === 0 : !known.includes(only))
    throw new UserError(EXIT.usage, {
      where: flags.results,
      given: only === undefined ? "no experiment in this folder" : `no experiment ${JSON.stringify(only)}`,
      accepted: known.join(", ") || "a folder that metamd run has written to",
      hint:
        (only === undefined ? undefined : suggestion(only, known)) ??
        "metamd run --config FILE first, or name the folder with --results DIR",
    });
  return (only === undefined ? known : [only]).map((one) => join(flags.results, one));
}

/** The name of the folder that --config's experiment has in the results. */
export async function folderOf(flags: GlobalFlags): Promise<string> {
  const { loadConfig } = await import("../../config/load.js");
  return loadConfig(flags).experimentFolder;
}
