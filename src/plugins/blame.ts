import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { EXIT, Interrupted, UserError } from "../core/errors.js";

/** Where in a plug-in something was thrown: "lion.mjs:12"; undefined where its stack does not lead there. */
export function placeIn(error: unknown, files: readonly string[]): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const places = files.flatMap((file) => {
    const at = stack.indexOf(`${pathToFileURL(file).href}:`);
    const line = at < 0 ? undefined : /:(\d+)/.exec(stack.slice(at + pathToFileURL(file).href.length))?.[1];
    return line === undefined ? [] : [{ at, text: `${basename(file)}:${line}` }];
  });
  return places.sort((a, b) => a.at - b.at)[0]?.text;
}

/** Who is to blame for what functions of a plug-in throw. */
export interface Blamed {
  /** What it is of: "my_lion of lion.mjs". */
  readonly where: string;
  readonly files: readonly string[];
  readonly hint: string;
}

/** An error of a plug-in's own: of the run that it is met in, not of all. */
export const faultOf = ({ where, hint }: Blamed, given: string, cause?: unknown): UserError =>
  new UserError(EXIT.runFailed, { where, given, hint }, { cause });

/** Calls a function of a plug-in. @param what it is, for messages.
 *  @throws UserError (run failed) that names it, for whatever it throws. */
export function blaming<Result>(blamed: Blamed, what: string, call: () => Result): Result {
  const explain = (error: unknown): unknown => {
    if (error instanceof UserError || error instanceof Interrupted) return error;
    const message = error instanceof Error ? error.message : String(error);
    const place = placeIn(error, blamed.files);
    return faultOf(blamed, `${what} threw: ${message}${place === undefined ? "" : ` (${place})`}`, error);
  };
  try {
    const result = call();
    if (!(result instanceof Promise)) return result;
    return result.catch((error: unknown) => {
      throw explain(error);
    }) as Result;
  } catch (error) {
    throw explain(error);
  }
}
