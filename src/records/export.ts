import { existsSync, readFileSync } from "node:fs";
import { EXIT, UserError } from "../core/errors.js";
import { writeAtomic } from "../core/files.js";
import { readLearned, type LearnedFile } from "./learned.js";
import { listExperiments, openRunStore } from "./store.js";
import { writing } from "./writable.js";

/** Copies a learned optimiser of a results folder, once it has been read whole.
 *  @param run id of its meta-training, or its beginning. @param output where; absent: METHOD-RUN.safetensors.
 *  @throws UserError: (usage) there is none, or several, with those that there are, or the output exists; (data) the file
 *  is damaged. */
export function exportLearned(
  results: string,
  run: string,
  output?: string,
): { readonly path: string; readonly file: LearnedFile } {
  const all = listExperiments(results).flatMap((name) => {
    const store = openRunStore(results, name);
    const cells = (store.plan()?.cells ?? []).filter(({ phase }) => phase === "meta-train");
    return cells.flatMap(({ id, method, holdout }) => {
      const source = store.learnedFile(id);
      const what = `${id} (${name}, ${method}${holdout === undefined ? "" : ` without ${holdout}`})`;
      return existsSync(source) ? [{ id, source, what }] : [];
    });
  });
  const found = all.filter(({ id }) => id.startsWith(run));
  const fault = (where: string, given: string, accepted: string, remedy: string): UserError =>
    new UserError(EXIT.usage, { where, given, accepted, remedy });
  const [first] = found;
  if (first === undefined || new Set(found.map(({ id }) => id)).size > 1) {
    const given = `${first === undefined ? "no" : "several"} learned optimisers begin with ${JSON.stringify(run)}`;
    const listed = (first === undefined ? all : found).map(({ what }) => what).join(", ");
    throw fault(`export in ${results}`, given, listed || "none yet", "metamd meta-train makes one");
  }
  const file = readLearned(first.source);
  const path = output ?? `${file.method}-${first.id}.safetensors`;
  if (existsSync(path)) throw fault(path, "a file that exists", "a new file", "name another with --output");
  writing(path, () => writeAtomic(path, readFileSync(first.source)));
  return { path, file };
}
