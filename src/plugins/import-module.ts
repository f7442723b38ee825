import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";
import { basename, extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { EXIT, UserError, type Fault } from "../core/errors.js";
import { packageRoot } from "../core/files.js";
import { placeIn } from "./blame.js";
import * as hooks from "./hooks.js";

const PACKAGE = "metamd-bench";
const JAVASCRIPT = [".mjs", ".js"];
const TYPESCRIPT = [".mts", ".ts"];
export const ACCEPTED = "a JavaScript module (.mjs, .js), or a TypeScript one (.mts, .ts) where Node strips types";

/** Node's functions that its types do not have yet, or that it may lack. */
const loader = nodeModule as {
  /** Node 22.15. */
  registerHooks?: (hooks: object) => void;
  /** Node 20.6. */
  register?: (specifier: string, options: { readonly data: hooks.HookData }) => void;
};

/** @throws UserError (usage) for a file that Node cannot import, by its name. */
export function checkKind(file: string, where: string): void {
  const kind = extname(file);
  if (JAVASCRIPT.includes(kind)) return;
  const strips = Boolean((process.features as { readonly typescript?: unknown }).typescript);
  if (TYPESCRIPT.includes(kind) && strips) return;
  const fault: Omit<Fault, "where"> = TYPESCRIPT.includes(kind)
    ? {
        given: `a TypeScript file, whose types Node ${process.versions.node} does not strip`,
        hint: "run Node 22.18 or later, or compile it to .mjs",
      }
    : {
        given: kind === "" ? "a file without an ending" : `a file that ends in ${kind}`,
        hint: "rename it, if it is one",
      };
  throw new UserError(EXIT.usage, { where, accepted: ACCEPTED, ...fault });
}

let hooked = false;

/** Imports a plug-in's module. @param file absolute, without links. @param files all of it, itself included.
 *  @throws UserError (usage): it does not parse, it throws, or it imports what is not there. */
export async function importModule(
  file: string,
  files: readonly string[],
  where: string,
): Promise<Readonly<Record<string, unknown>>> {
  prepare(files.map((path) => pathToFileURL(path).href));
  try {
    return (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    const { name = "Error", message = String(error) } = error as Error;
    const place = error instanceof SyntaxError ? syntaxPlace(files) : placeIn(error, files);
    const given = `it could not be loaded: ${name}: ${message.split("\n")[0]}${place === undefined ? "" : ` (${place})`}`;
    throw new UserError(EXIT.usage, { where, given, accepted: ACCEPTED, hint: hintFor(error, file) }, { cause: error });
  }
}

/** Where the first of several files does not parse: Node tells whoever starts it, and no error has it. */
function syntaxPlace(files: readonly string[]): string | undefined {
  for (const file of files) {
    const { stderr } = spawnSync(process.execPath, ["--check", file], { encoding: "utf8" });
    const line = /:(\d+)\n/.exec(stderr)?.[1];
    if (line !== undefined) return `${basename(file)}:${line}`;
  }
  return undefined;
}

function hintFor(error: unknown, file: string): string {
  const { message = "", code = "" } = error as NodeJS.ErrnoException;
  const isScript =
    extname(file) === ".js" && /import statement outside a module|Unexpected token 'export'/.test(message);
  if (isScript) return "rename it to .mjs, so that Node takes it as a module";
  if (code === "ERR_MODULE_NOT_FOUND")
    return `install what is missing beside it; its own package is ${PACKAGE}/plugins`;
  return "change it there; docs/own-optimiser.md has one that loads";
}

/** Has Node's module loader find this package and the files of a plug-in. */
function prepare(files: readonly string[]): void {
  const data = { name: PACKAGE, from: pathToFileURL(join(packageRoot(), "package.json")).href, files };
  if (loader.registerHooks !== undefined) {
    hooks.initialize(data);
    if (!hooked) loader.registerHooks({ resolve: hooks.resolve });
    hooked = true;
    return;
  }
  const built = join(packageRoot(), "dist", "src", "plugins", "hooks.js");
  if (loader.register === undefined || !existsSync(built))
    throw new UserError(EXIT.usage, {
      where: "plugins",
      given: loader.register === undefined ? `Node ${process.versions.node}` : `${built} is missing`,
      accepted: "Node 20.6 or later, and a program that was built",
    });
  loader.register(pathToFileURL(built).href, { data });
}
