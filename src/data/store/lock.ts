import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { EXIT, UserError } from "../../core/errors.js";
import { readdirIfThere, type Guard, makeFolders } from "../../core/files.js";
import { locked } from "../../core/lock.js";
import { rawFolder } from "./layout.js";

/** Does something while holding a dataset's lock; where nothing was stored, no folder stays.
 *  @param action is given what throws when another process has taken the lock over, to ask before it changes the set.
 *  @throws UserError (data) while another process holds it, and when it was taken over. */
export async function lockedDataset<Result>(
  root: string,
  id: string,
  say: (text: string) => void,
  action: (guard: Guard) => Promise<Result>,
): Promise<Result> {
  const folder = join(root, id);
  const path = join(folder, "lock");
  const held = (holder: string): UserError =>
    new UserError(EXIT.data, {
      where: id,
      given: `in use by process ${holder}`,
      hint: `wait for it to end; if it no longer exists, delete ${path}`,
    });
  const lost = (): UserError =>
    new UserError(EXIT.data, {
      where: id,
      given: "another process took it over, since this one made no progress for a long time; nothing was changed",
      hint: "wait for the other to end, then run the same command again",
    });
  makeFolders(folder);
  try {
    return await locked(path, { say, held, lost }, (guard) => {
      removeStale(root, id);
      return action(guard);
    });
  } finally {
    if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
  }
}

/** Deletes what an interrupted process has left, or one that was taken over was writing. */
function removeStale(root: string, id: string): void {
  for (const [folder, stale] of [
    [join(root, id), /^files\.(tmp|old)-/],
    [rawFolder(root, id), /\.copy(-|$)/],
  ] as const)
    for (const name of readdirIfThere(folder))
      if (stale.test(name)) rmSync(join(folder, name), { recursive: true, force: true });
}
