import { homedir, userInfo } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import { refuseMisreadVariable } from "./misread.js";

/** A variable of the environment; one that is set but empty counts as unset. */
export function environment(name: string): string | undefined {
  const value = process.env[name];
  return value === "" ? undefined : value;
}

/** Takes folders that are empty or relative off the PATH: no program of the working folder is started for one of the
 *  system's name. */
export function keepPathAbsolute(): void {
  const given = process.env.PATH;
  if (given === undefined) return;
  const kept = given.split(delimiter).filter(isAbsolute);
  if (kept.length > 0) process.env.PATH = kept.join(delimiter);
  else delete process.env.PATH;
}

/** A variable that names a folder, as `environment` has it. @throws UserError (usage) where Node has misread it. */
export function folderVariable(name: string): string | undefined {
  refuseMisreadVariable(name);
  return environment(name);
}

/** Where this user's settings lie. */
export const configHome = (): string => xdgFolder("XDG_CONFIG_HOME", ".config");

/** Where what can be made again lies. */
export const cacheHome = (): string => xdgFolder("XDG_CACHE_HOME", ".cache");

function home(): string {
  refuseMisreadVariable("HOME");
  return isAbsolute(homedir()) ? homedir() : userInfo().homedir;
}

/** A folder of the XDG Base Directory Specification: what is empty or relative is ignored, as that says. */
function xdgFolder(name: string, usual: string): string {
  const given = folderVariable(name);
  return given !== undefined && isAbsolute(given) ? given : join(home(), usual);
}
