const MAX_DEPTH = 16;
const MAX_NAME_BYTES = 255;

/** Judges the names in an archive or a folder before anything is written; keeps what it has seen. */
export class NameChecker {
  /** What every path is, under its case-folded spelling. */
  private readonly seen = new Map<string, { readonly path: string; readonly kind: "file" | "folder" }>();

  /** @param name as it is given, `/` between its parts; a leading `./` and a folder's trailing `/` are dropped.
   *  @returns the path to write, "" for the top folder itself.
   *  @throws Error that says what is wrong with the name. */
  accept(name: string, kind: "file" | "folder"): string {
    if (name.includes("\0")) throw new Error("a NUL byte in its name");
    if (name.includes("\\")) throw new Error("a backslash in its name");
    if (name.startsWith("/")) throw new Error("an absolute path");
    if (/^[a-z]:/i.test(name)) throw new Error("a drive letter");
    const parts = name.split("/").filter((part) => part !== "" && part !== ".");
    if (parts.includes("..")) throw new Error("a path with ..");
    if (parts.length > MAX_DEPTH) throw new Error(`${parts.length} levels deep, more than ${MAX_DEPTH}`);
    if (parts.some((part) => Buffer.byteLength(part) > MAX_NAME_BYTES))
      throw new Error(`a name of more than ${MAX_NAME_BYTES} bytes`);
    if (parts.length === 0 && kind === "file") throw new Error("no name");
    for (let depth = 1; depth < parts.length; depth++) this.note(parts.slice(0, depth).join("/"), "folder");
    const path = parts.join("/");
    if (path !== "") this.note(path, kind);
    return path;
  }

  private note(path: string, kind: "file" | "folder"): void {
    const key = path.normalize("NFC").toLowerCase();
    const before = this.seen.get(key);
    if (before === undefined) this.seen.set(key, { path, kind });
    else if (before.path !== path) throw new Error(`the same name as ${before.path}, but for upper and lower case`);
    else if (kind === "file" || before.kind === "file") throw new Error(`a second entry of the name ${path}`);
  }
}

/** Whether a path is among those to extract. @param patterns paths with `*` (within a name) and `**`, or a folder with
 *  `/` at its end; none: everything. */
export function selector(patterns: readonly string[] | undefined): (path: string) => boolean {
  if (patterns === undefined) return () => true;
  const tests = patterns.map((pattern) => {
    if (pattern.endsWith("/")) return (path: string) => path.startsWith(pattern);
    const source = pattern
      .split(/(\*\*|\*)/)
      .map((part) => (part === "**" ? ".*" : part === "*" ? "[^/]*" : part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")))
      .join("");
    const expression = new RegExp(`^${source}$`);
    return (path: string) => expression.test(path);
  });
  return (path) => tests.some((test) => test(path));
}
