import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { EXIT, UserError } from "../core/errors.js";
import { packageRoot } from "../core/files.js";
import { suggestion } from "../core/registry.js";

/** Studies that train no networks by the plan of an experiment, and the command of each. */
export const STUDIES = {
  quadratic: "metamd quadratic",
  certificate: "metamd analyse certificate",
  hypergradient: "metamd analyse hypergradient",
} as const;
export type StudyName = keyof typeof STUDIES;

/** Absolute paths of the config files that come with the program, sorted.
 *  @param study whose; absent: those of experiments. */
export function shippedConfigs(study?: StudyName): string[] {
  const folder = join(packageRoot(), "configs");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => /^study: *(\w+)/m.exec(readFileSync(path, "utf8"))?.[1] === study);
}

/** A config file by its path, or the shipped one of that name ("rotated-mnist").
 *  @throws UserError (usage) that lists the shipped ones. */
export function configPath(nameOrPath: string): string {
  if (existsSync(nameOrPath)) return nameOrPath;
  const shipped = shippedConfigs();
  const found = shipped.find((path) => basename(path, ".yaml") === nameOrPath);
  if (found !== undefined) return found;
  const names = shipped.map((path) => basename(path, ".yaml"));
  throw new UserError(EXIT.usage, {
    where: "--suite",
    given: `neither a file nor a shipped config: ${JSON.stringify(nameOrPath)}`,
    accepted: names.join(", "),
    hint: suggestion(nameOrPath, names),
  });
}
