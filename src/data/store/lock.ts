import { existsSync, mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { EXIT, UserError } from "../../core/errors.js";
import { locked } from "../../core/lock.js";

/** Does something while holding a dataset's lock; where nothing was stored, no folder stays.
 *  @throws UserError (data) while another process holds it. */
export async function lockedDataset<Result>(
  root: string,
  id: string,
  say: (text: string) => void,
  action: () => Promise<Result>,
): Promise<Result> {
  const folder = join(root, id);
  const path = join(folder, "lock");
  const held = (holder: string): UserError =>
    new UserError(EXIT.data, {
      where: id,
      given: `in use by process ${holder}`,
      remedy: `wait for it to end; if it is gone, delete ${path}`,
    });
  mkdirSync(folder, { recursive: true });
  try {
    return await locked(path, { say, held }, action);
  } finally {
    if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
  }
}
