import module from "node:module";
import { join } from "node:path";
import { makeFolders } from "./files.js";
import { cacheHome, environment } from "./home.js";

type Enable = (folder: string) => unknown;

/** Has Node keep what it compiles, of this program and of those that it starts: a start with the native engine takes about
 *  four fifths of the time then. Node 20 does not know it. @param enable Node's way to ask for it. */
export function keepCompiled(enable = (module as { enableCompileCache?: Enable }).enableCompileCache): void {
  if (enable === undefined) return;
  try {
    const folder = environment("NODE_COMPILE_CACHE") ?? ownFolder();
    enable(folder);
    process.env.NODE_COMPILE_CACHE = folder;
  } catch {
    // Without it the program is only slower. What is wrong with the variables is said by who needs them.
  }
}

/** Makes it, since Node's own way may never end (`makeFolders`). */
function ownFolder(): string {
  const folder = join(cacheHome(), "metamd", "compiled");
  makeFolders(folder);
  return folder;
}
