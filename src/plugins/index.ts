// The face of the room: modules from outside, in the tables of this process.
export { installedPlugin, installPlugins } from "./install.js";
export { NOTHING_BROUGHT, type Brought, type Plugin } from "./plugin.js";
