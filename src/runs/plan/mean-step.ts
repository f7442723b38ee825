import { median } from "../../core/averages.js";
import type { MethodProbe } from "../../training/step-probe.js";

/** Steps whose kinds are counted: they recur. */
const COUNTED = 1000;
/** Times that a step of a kind is timed, at most. */
const TIMED = 15;

/** The mean of the steps of a run: every kind of step by its own median, as often as it comes.
 *  @param steps of the run. @param enough milliseconds of a kind.
 *  @returns milliseconds of a step, and what the first step of each kind took more. */
export function meanStep(probe: MethodProbe, steps: number, enough: number): { mean: number; warming: number } {
  const counted = Math.max(1, Math.min(steps, COUNTED));
  const kinds = new Map<string, number[]>();
  for (let t = 1; t <= counted; t++) {
    const kind = probe.kindAt(t);
    const held = kinds.get(kind);
    if (held === undefined) kinds.set(kind, [t]);
    else held.push(t);
  }
  let [mean, warming] = [0, 0];
  for (const ts of kinds.values()) {
    const first = probe.timeAt(ts[0]!);
    const times: number[] = [];
    // The first of a kind says little: it warms up.
    let spent = 0;
    do {
      times.push(probe.timeAt(ts[times.length % ts.length]!));
      spent += times.at(-1)!;
    } while (times.length < TIMED && spent < enough);
    const usual = median(times);
    mean += (usual * ts.length) / counted;
    warming += Math.max(0, first - usual);
  }
  return { mean, warming };
}
