import { EXIT, UserError } from "../../core/errors.js";
import { lookup } from "../../core/registry.js";
import type { Cell, Phase, Plan } from "../../records/plan.js";

/** Which part of a plan a command runs. */
interface Selection {
  readonly phases?: readonly Phase[] | undefined;
  readonly holdout?: string | undefined;
  readonly method?: string | undefined;
}

/** The cells of a selection and all that they depend on, in the plan's order. A method's meta-training is its own, also
 *  where it shares the learned file of another.
 *  @throws UserError: (usage) for a method that the plan has not, or that has no run in these phases; (data) for a
 *  holdout that was left out. */
export function selectCells(plan: Plan, { phases, holdout, method }: Selection): Cell[] {
  const absent = plan.missing.find(({ domain }) => domain === holdout);
  if (absent !== undefined)
    throw new UserError(EXIT.data, {
      where: "--holdout",
      given: `${absent.domain}, whose data are missing: ${absent.reason}`,
      accepted: plan.holdouts.filter((id) => !plan.missing.some(({ domain }) => domain === id)).join(", "),
      hint: "metamd data fetch, or choose another",
    });
  const ids = plan.methods.map(({ id }) => id);
  if (method !== undefined) lookup(Object.fromEntries(ids.map((id) => [id, id])), method, "--method");
  const byId = new Map(plan.cells.map((cell) => [cell.id, cell]));
  const inPhases = ({ phase }: Cell): boolean => phases === undefined || phases.includes(phase);
  const ofMethod = (id: string): Cell[] => {
    const own = plan.cells.filter((cell) => cell.method === id);
    const learnedFrom = new Set(own.flatMap(({ dependsOn }) => dependsOn));
    return plan.cells.filter((cell) => inPhases(cell) && (cell.method === id || learnedFrom.has(cell.id)));
  };
  const matching = method === undefined ? plan.cells.filter(inPhases) : ofMethod(method);
  if (method !== undefined && matching.length === 0) {
    throw new UserError(EXIT.usage, {
      where: "--method",
      given: `given ${method}, which has no ${phases!.join(" or ")} run`,
      accepted: ids.filter((id) => ofMethod(id).length > 0).join(", ") || "no method of this config",
      hint: "choose one of these, or leave --method out",
    });
  }
  const wanted = new Set<string>();
  const want = (cell: Cell): void => {
    if (wanted.has(cell.id)) return;
    wanted.add(cell.id);
    for (const id of cell.dependsOn) want(byId.get(id)!);
  };
  for (const cell of matching)
    if (holdout === undefined || cell.holdout === undefined || cell.holdout === holdout) want(cell);
  return plan.cells.filter(({ id }) => wanted.has(id));
}
