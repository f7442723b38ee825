import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "./files.js";
import { newThread } from "./new-thread.js";

/** Ends this process when its parent is gone, however busy it is. @throws Error when the program is not built. */
export function watchParent(parent: number): void {
  const program = join(packageRoot(), "dist", "src", "core", "parent-watch-thread.js");
  if (!existsSync(program)) throw new Error(`${program} is missing: npm run build makes it`);
  newThread(program, { workerData: { parent } }).unref();
}
