import { homedir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";

/** A variable of the environment; one that is set but empty counts as unset. */
export function environment(name: string): string | undefined {
  const value = process.env[name];
  return value === "" ? undefined : value;
}

/** Where this user's settings lie. */
export const configHome = (): string => xdgFolder("XDG_CONFIG_HOME", ".config");

/** Where what can be made again lies. */
export const cacheHome = (): string => xdgFolder("XDG_CACHE_HOME", ".cache");

const home = (): string => (isAbsolute(homedir()) ? homedir() : userInfo().homedir);

/** A folder of the XDG Base Directory Specification: what is empty or relative is ignored, as that says. */
function xdgFolder(name: string, usual: string): string {
  const given = environment(name);
  return given !== undefined && isAbsolute(given) ? given : join(home(), usual);
}
