import { EXIT, UserError } from "../core/errors.js";

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: "give yourself write permission there, or --results DIR",
  EPERM: "give yourself write permission there, or --results DIR",
  EROFS: "the disk is read-only: --results DIR on another one",
  ENOSPC: "free space there, or --results DIR on another disk; finished runs are kept",
  EDQUOT: "your disk quota is used up: free space there, or --results DIR on another disk",
  ENOTDIR: "a file stands where a folder should be: move it away, or --results DIR",
  EEXIST: "a file stands where a folder should be: move it away, or --results DIR",
};

/** Runs something that writes, and turns what the file system refuses into an error the user can mend.
 *  @param folder what the user chose to write to. @throws UserError (usage) with the system's reason. */
export function writing<Result>(folder: string, write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    const remedy = REMEDIES[code];
    if (remedy === undefined) throw error;
    throw new UserError(
      EXIT.usage,
      { where: folder, given: `cannot be written: ${(error as Error).message}`, accepted: "a writable folder", remedy },
      { cause: error },
    );
  }
}
