import { mean } from "../../core/averages.js";
import type { ResolvedConfig } from "../../config/load.js";
import type { Plan } from "../../records/plan.js";
import type { RunStore } from "../../records/store.js";
import { outcomesOf } from "../../tuning/outcome.js";
import { score } from "../../tuning/score.js";
import { rangeOfBest, sensitivity, type Sensitivity } from "../../tuning/sensitivity.js";
import { searched } from "../plan/slots.js";

export interface MethodSensitivity extends Sensitivity {
  readonly method: string;
  readonly title: string;
}

/** How much every method's choice of learning rate and weight decay matters: best accuracies by value or part of the
 *  range, averaged over the holdouts that have them; of a grid, by its own values. Where runs are stopped early, of the first rung, which all points
 *  have. */
export function sensitivities(plan: Plan, config: ResolvedConfig, store: RunStore): MethodSensitivity[] {
  return plan.methods.flatMap(({ id: method, title }) => {
    const perHoldout = plan.holdouts.flatMap((holdout) => {
      const records = plan.cells.flatMap((cell) =>
        cell.phase === "tune" &&
        cell.method === method &&
        cell.holdout === holdout &&
        (cell.search?.rung ?? 0) === 0 &&
        store.has(cell.id)
          ? [store.read(cell.id, cell)]
          : [],
      );
      if (records.length === 0) return [];
      return [sensitivity(score(outcomesOf(records), records[0]!.metrics.chance), searched(config, method, []))];
    });
    const [first] = perHoldout;
    return (first ?? []).map(({ axis, bins }, a): MethodSensitivity => {
      const averaged = bins.map((bin, b) => {
        const known = perHoldout.flatMap((one) => one[a]!.bins[b]!.best ?? []);
        const best = known.length === 0 ? undefined : mean(known);
        return { ...bin, best };
      });
      return { method, title, axis, bins: averaged, range: rangeOfBest(averaged) };
    });
  });
}
