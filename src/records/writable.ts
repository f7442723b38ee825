import { existsSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { EXIT, UserError } from "../core/errors.js";
import { isSystemError, systemError } from "../core/system-error.js";

const ELSEWHERE = "or --results DIR";
const AGAIN = "then the same command goes on; finished runs and checkpoints are kept";
const HINTS: Readonly<Record<string, string>> = {
  EACCES: `give yourself write permission there, ${ELSEWHERE}`,
  EPERM: `give yourself write permission there, ${ELSEWHERE}; the disk must know hard links`,
  ENOTSUP: `the disk must know hard links: ${ELSEWHERE} on another one`,
  EROFS: `the disk is read-only: --results DIR on another one`,
  ENOSPC: `free space there, ${ELSEWHERE} on another disk; finished runs are kept`,
  EDQUOT: `your disk quota is used up: free space there, ${ELSEWHERE} on another disk`,
  ENOTDIR: `a file stands where a folder should be: move it away, ${ELSEWHERE}`,
  EEXIST: `a file stands where a folder should be: move it away, ${ELSEWHERE}`,
  ENOENT: `the folder was removed while it was in use, or can't be made there: bring it back, ${ELSEWHERE}`,
  EMFILE: `raise the limit of open files (ulimit -n), ${AGAIN}`,
  ENAMETOOLONG: `choose a shorter name, ${ELSEWHERE}`,
};

/** Runs something that writes, and turns what the file system refuses into an error the user can fix: a disk's fault is
 *  neither a run's nor the program's.
 *  @param folder what the user chose to write to.
 *  @throws UserError (usage) with the system's reason, or where the folder has vanished. */
export function writing<Result>(folder: string, write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    if (isSystemError(error) && error.code === "ENOENT" && !isMaking(folder, error) && !existsSync(folder))
      throw vanished(folder);
    const about = { where: folder, doing: "written", accepted: "a writable folder", hints: HINTS } as const;
    throw systemError(error, about) ?? error;
  }
}

/** Whether a folder, or one above it, could not be made. */
const isMaking = (folder: string, { syscall, path = "" }: NodeJS.ErrnoException): boolean =>
  syscall === "mkdir" && !path.startsWith(join(resolve(folder), sep));

/** @param where a folder of results that was there. */
export const vanished = (where: string): UserError =>
  new UserError(EXIT.usage, {
    where,
    given: "the folder has vanished while the program ran",
    accepted: "a results folder that stays",
    hint: "find out what removes it, and run the same command again, or with --results DIR elsewhere",
  });
