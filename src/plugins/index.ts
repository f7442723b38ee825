// The face of the room: modules from outside, in the tables of this process.
import type { checkPlugin as CheckPlugin } from "./contracts/check.js";

export { installedPlugin, installPlugins } from "./install.js";
export { NOTHING_BROUGHT, type Brought, type Plugin } from "./plugin.js";

/** Holds the methods of a plug-in against the contracts of a rule. */
export const checkPlugin: typeof CheckPlugin = async (...given) =>
  (await import("./contracts/check.js")).checkPlugin(...given);
