import { relative, resolve } from "node:path";
import { EXIT, UserError } from "../../core/errors.js";
import { systemError } from "../../core/system-error.js";

/** Node's and V8's words for more memory than there is, or than one array or text may have. */
const TOO_LARGE =
  /^(Invalid array length|Invalid string length|Array buffer allocation failed|Invalid typed array length: \d+|WebAssembly\.Memory\(\): could not allocate memory|memory access out of bounds|.*out of memory)/i;
const TOO_LARGE_CODES = [
  "ERR_STRING_TOO_LONG",
  "ERR_FS_FILE_TOO_LARGE",
  "ERR_BUFFER_TOO_LARGE",
  "ERR_MEMORY_ALLOCATION_FAILED",
];
const LIBRARY = /[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/;

/** What nobody has explained where it was met, as an error of the documented form: what the operating system, the memory or
 *  a library refuses is no defect of this program. @param data folder of all datasets.
 *  @returns undefined where it is one. */
export function explained(error: unknown, data: string): UserError | undefined {
  if (error instanceof UserError) return error;
  if (!(error instanceof Error)) return undefined;
  const { path, code = "" } = error as NodeJS.ErrnoException;
  const ofData = path !== undefined && !relative(resolve(data), resolve(path)).startsWith("..");
  const system = systemError(error, { exitCode: ofData ? EXIT.data : EXIT.usage });
  if (system !== undefined) return system;
  const fault = (exitCode: UserError["exitCode"], where: string, hint: string): UserError =>
    new UserError(exitCode, { where, given: error.message, hint }, { cause: error });
  if (TOO_LARGE.test(error.message) || TOO_LARGE_CODES.includes(code))
    return fault(EXIT.usage, "memory", "ask for less: fewer runs, smaller sizes, smaller files");
  if (code === "ERR_INVALID_ARG_VALUE" && error.message.includes("null bytes"))
    return fault(EXIT.usage, "a path", "give a path without a NUL character");
  if (code === "ERR_MODULE_NOT_FOUND")
    return fault(
      EXIT.usage,
      "this installation",
      "where files are missing, install it again; where they are there, raise the limit of open files with ulimit -n",
    );
  const library = LIBRARY.exec(error.stack?.split("\n").find((line) => /^ {4}at /.test(line)) ?? "")?.[1];
  if (library === undefined) return undefined;
  return fault(EXIT.runFailed, `the library ${library}`, "--verbose shows where; please report it with the command");
}
