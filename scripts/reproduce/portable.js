// Makes a copy of an experiment's files that names no folder of the machine it was made on, with checksums that are right
// again.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { hasSum, writeSums } from "../../dist/src/records/checksums.js";
import { writeJson } from "../../dist/src/records/json-file.js";
import { planSchema } from "../../dist/src/records/plan.js";

/** Copies files. @param paths of files in `source`. @param folders by what stands for them in the copy, like
 *  `{ results: "/tmp/mine" }`, as they were given on the command line.
 *  @throws Error where a file still names a folder by its absolute path. */
export function copyPortable(source, target, paths, folders) {
  for (const path of paths) {
    cpSync(join(source, path), join(target, path), { preserveTimestamps: true });
    if (path.endsWith(".json")) makePortable(join(target, path), folders);
  }
}

function makePortable(file, folders) {
  const text = readFileSync(file, "utf8");
  const made = Object.entries(folders).reduce((held, [name, folder]) => withoutFolder(held, name, folder), text);
  const left = stringsIn(JSON.parse(made)).find((one) => one.startsWith("/"));
  if (left !== undefined) throw new Error(`${file} names ${left}, which no other machine has`);
  if (made === text) return;
  if (basename(file) === "plan.json") {
    const content = JSON.parse(made);
    delete content.checksum;
    writeJson(file, planSchema, planSchema.decode(content));
    return;
  }
  writeFileSync(file, made);
  if (hasSum(file)) writeSums(dirname(file), { [basename(file)]: made });
}

/** Texts that begin with a folder, by its absolute path or as it was given, begin with its name. */
function withoutFolder(json, name, folder) {
  const forms = [resolve(folder), folder.replace(/\/+$/, "")].map((form) => JSON.stringify(`${form}/`).slice(0, -1));
  return forms.reduce((text, form) => text.replaceAll(form, `"${name}/`), json);
}

const stringsIn = (value) =>
  typeof value === "string" ? [value] : Object.values(value ?? {}).flatMap((one) => stringsIn(one));
