import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { contentId } from "../core/hash.js";
import { readJson, writeJson } from "./json-file.js";
import { writing } from "./writable.js";

const VERSION = 1;

/** A part of a plan that somebody asked for; all of it where nothing is named. */
const asked = z.strictObject({
  schemaVersion: z.literal(VERSION),
  phases: z.array(z.enum(["meta-train", "tune", "trial"])).optional(),
  holdout: z.string().optional(),
  method: z.string().optional(),
});
const FORMAT = { schema: asked, version: VERSION, what: "a part of a plan" };
export type Asked = Omit<z.output<typeof asked>, "schemaVersion">;

const folderOf = (experimentFolder: string): string => join(experimentFolder, "asked");

/** Keeps what was asked for, a file each: processes that ask at the same time lose nothing.
 *  @param isNew whether nothing was asked of this experiment before; one without such files was asked for whole. */
export function writeAsked(experimentFolder: string, part: Asked, isNew: boolean): void {
  const folder = folderOf(experimentFolder);
  const isWhole = Object.values(part).every((one) => one === undefined);
  if (!existsSync(folder) && (isWhole || !isNew)) return;
  const path = join(folder, `${contentId(part)}.json`);
  if (!existsSync(path)) writing(folder, () => writeJson(path, asked, { schemaVersion: VERSION, ...part }));
}

/** Every part that was asked for; undefined: all of the plan. */
export function readAsked(experimentFolder: string): Asked[] | undefined {
  const folder = folderOf(experimentFolder);
  if (!existsSync(folder)) return undefined;
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  const parts = names.map((name) => readJson(join(folder, name), FORMAT, `delete ${folder}`));
  return parts.some(({ phases, holdout, method }) => (phases ?? holdout ?? method) === undefined) ? undefined : parts;
}
