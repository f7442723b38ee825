import { EXIT, UserError, type ExitCode, type Fault } from "./errors.js";
import { printableName } from "./printable.js";

/** What to do about what an operating system refuses, by its code. */
const HINTS: Readonly<Record<string, string>> = {
  EACCES: "give yourself the right to it, or choose another place",
  EPERM: "give yourself the right to it, or choose another place",
  EROFS: "the disk is read-only: choose another one",
  ENOSPC: "free space there, or choose another disk; finished runs are kept",
  EDQUOT: "your disk quota is used up: free space there, or choose another disk",
  ENOENT: "check the path",
  ENOTDIR: "a file stands where a folder should be: move it away, or choose another place",
  EEXIST: "a file stands where a folder should be: move it away, or choose another place",
  ENOTEMPTY: "something was put there meanwhile: run the same command again",
  EISDIR: "a folder stands where a file should be: name a file",
  ELOOP: "a link there leads back to itself: fix or delete it",
  ENAMETOOLONG: "choose a shorter name or path",
  EILSEQ: "the disk takes no such name: choose another name or disk",
  EMFILE: "too many files are open: raise the limit with ulimit -n",
  ENFILE: "too many files are open on this machine: end other programs",
  ENOMEM: "free memory, or give the program more",
  EAGAIN: "this machine starts no more processes: end others, or raise the limit with ulimit -u",
  EFBIG: "files of this size are not allowed there: raise the limit with ulimit -f, or choose another disk",
  EIO: "the disk is faulty: once it is fixed, run the same command again; finished runs are kept",
  ENXIO: "the disk is gone: once it is back, run the same command again",
  ENODEV: "the disk is gone: once it is back, run the same command again",
  ESTALE: "the network disk has lost the file: run the same command again",
  ETIMEDOUT: "the network does not answer: once it does, run the same command again",
  EHOSTDOWN: "the network does not answer: once it does, run the same command again",
  ENOTCONN: "the network disk is not connected: once it is, run the same command again",
  EREMOTEIO: "the network disk is faulty: once it is fixed, run the same command again",
  EBUSY: "another program uses it: run the same command again once it has ended",
  ETXTBSY: "another program uses it: run the same command again once it has ended",
  EXDEV: "the disk cannot do this: choose another one",
  EMLINK: "the disk cannot do this: choose another one",
  ENOTSUP: "the disk cannot do this: choose another one",
  EOPNOTSUPP: "the disk cannot do this: choose another one",
  ENOSYS: "the disk cannot do this: choose another one",
  EINVAL: "the disk cannot do this, or takes no such name: choose another one",
  EADDRINUSE: "another program uses this port: choose another one",
};

const READS = /^(scandir|opendir|read|readlink|stat|lstat|fstat|realpath|access|lseek)$/;
const WRITES =
  /^(write|writev|mkdir|mkdtemp|rename|unlink|rmdir|rm|link|symlink|fsync|fdatasync|ftruncate|truncate|[fl]?utimes?|copyfile|cp|f?chmod|f?chown)$/;

/** What the name of a file has more while it is not whole. */
const OF_TEMPORARY = /\.tmp-[\w-]+$/;

/** What is known, where an error is met, better than the system's error says it. */
export interface About {
  /** The file or folder as the user named it. */
  readonly where?: string;
  readonly accepted?: string;
  /** What was being done; absent: as the refused call says. */
  readonly doing?: "read" | "written";
  /** What to do, by the system's code. */
  readonly hints?: Readonly<Record<string, string>>;
  readonly exitCode?: ExitCode;
}

/** Whether an error is the operating system's: its code is ENOSPC, EACCES and the like. Those of Node begin with ERR_. */
export const isSystemError = (error: unknown): error is NodeJS.ErrnoException & { readonly code: string } =>
  error instanceof Error && /^E[A-Z0-9]+$/.test((error as NodeJS.ErrnoException).code ?? "");

/** What the operating system refused, as an error that the user can fix; undefined for an error of another kind. */
export function systemError(error: unknown, about: About = {}): UserError | undefined {
  if (!isSystemError(error)) return undefined;
  const { code, syscall = "", path } = error;
  const { exitCode = EXIT.usage, accepted, doing } = about;
  const where =
    about.where ?? path?.replace(OF_TEMPORARY, "") ?? (syscall === "uv_cwd" ? "the working folder" : "this machine");
  const hint = about.hints?.[code] ?? hintOf(code, syscall, path ?? "");
  return new UserError(
    exitCode,
    {
      where,
      given: `${doing === undefined ? whatFailed(syscall) : `cannot be ${doing}`}: ${error.message}`,
      accepted,
      hint,
    },
    { cause: error },
  );
}

/** Runs something that reads what the user named. @throws UserError with the system's reason where it refuses. */
export function reading<Result>(about: About, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw systemError(error, { doing: "read", ...about }) ?? error;
  }
}

/** Runs something that writes to a place of the user's choice. @throws UserError with the system's reason where it refuses. */
export function saving(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw systemError(error, { where: path, doing: "written", accepted: "a place in a writable folder" }) ?? error;
  }
}

/** Runs something that writes what is shown anyway: that the system refuses it is no reason to show nothing.
 *  @returns what it gives, or a sentence that says why nothing is kept. */
export function keeping<Result>(write: () => Result): { readonly kept: Result } | { readonly notKept: string } {
  try {
    return { kept: write() };
  } catch (error) {
    if (!(error instanceof UserError) || !isSystemError(error.cause)) throw error;
    const [{ where, given }] = error.faults as [Fault];
    return { notKept: `shown, but not kept: ${printableName(where)}: ${given}` };
  }
}

function whatFailed(syscall: string): string {
  if (READS.test(syscall)) return "cannot be read";
  if (WRITES.test(syscall)) return "cannot be written";
  if (syscall === "open") return "cannot be opened";
  return syscall.startsWith("spawn") ? "cannot be started" : "cannot be used";
}

function hintOf(code: string, syscall: string, path: string): string {
  if (syscall === "uv_cwd") return "the working folder is gone: change to one that is there";
  if (code === "ENOENT" && syscall.startsWith("spawn")) return "install it, or put it on the PATH";
  if (code === "ENOENT" && path.includes("\ufffd")) return "rename it: its name is not UTF-8";
  if (code === "ENOENT" && WRITES.test(syscall))
    return "a folder on the way is gone, or can't be made there: choose another place";
  return HINTS[code] ?? "fix what the system says, then run the same command again";
}
