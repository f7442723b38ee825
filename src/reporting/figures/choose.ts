import { EXIT, UserError } from "../../core/errors.js";
import { suggestion } from "../../core/registry.js";
import type { StudyShow } from "../study-show.js";
import { figuresOf } from "./index.js";

/** The figures that a command line names: one, or all.
 *  @throws UserError (usage) for an unknown name, with the known ones. */
export function chosenFigures(id: string, studies: readonly StudyShow[]): readonly string[] {
  const ids = Object.keys(figuresOf(studies));
  if (id === "all") return ids;
  if (ids.includes(id)) return [id];
  throw new UserError(EXIT.usage, {
    where: "figure",
    given: `unknown name ${JSON.stringify(id)}`,
    accepted: [...ids, "all"].join(", "),
    hint: suggestion(id, ids) ?? "metamd figure all",
  });
}
