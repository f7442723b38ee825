import { EXIT, UserError } from "../../core/errors.js";
import { suggestion } from "../../core/registry.js";
import { FIGURE_IDS, type FigureId } from "./index.js";

/** The figures that a command line names: one, or all.
 *  @throws UserError (usage) for an unknown name, with the known ones. */
export function chosenFigures(id: string): readonly FigureId[] {
  if (id === "all") return FIGURE_IDS;
  const found = FIGURE_IDS.find((known) => known === id);
  if (found !== undefined) return [found];
  throw new UserError(EXIT.usage, {
    where: "figure",
    given: `unknown name ${JSON.stringify(id)}`,
    accepted: [...FIGURE_IDS, "all"].join(", "),
    remedy: suggestion(id, FIGURE_IDS) ?? "metamd figure all",
  });
}
