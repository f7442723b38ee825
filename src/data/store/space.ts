import { EXIT, UserError } from "../../core/errors.js";

/** Refuses what the disk has no room for. @param purpose what the bytes are for, in words.
 *  @throws UserError (data). */
export function requireSpace(path: string, bytes: number, purpose: string, free: (path: string) => number): void {
  const available = free(path);
  if (available < bytes)
    throw new UserError(EXIT.data, {
      where: path,
      given: `${available} bytes of disk space left`,
      accepted: `${bytes} bytes ${purpose}`,
      hint: "free space, or choose another folder with --data",
    });
}

/** A full disk as an error that a user can fix; any other error as it is. */
export function explainFullDisk(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== "ENOSPC" && code !== "EDQUOT") return error;
  const hint = "free space, or choose another folder with --data, and run the same command again";
  return new UserError(EXIT.data, { where: path, given: "no disk space left", hint }, { cause: error });
}
