import { groupBy } from "../../core/group.js";

/** What a method took on a problem; Infinity where it did not solve it. */
export interface Taken {
  readonly method: string;
  readonly problem: string;
  readonly time: number;
}

/** Every method's times as multiples of the fastest method's on the same problem, by method. Infinite where it was not
 *  solved. */
export function ratiosOf(taken: readonly Taken[]): ReadonlyMap<string, readonly number[]> {
  const ratios = [...groupBy(taken, ({ problem }) => problem).values()].flatMap((ones) => {
    const fastest = Math.min(...ones.map(({ time }) => time));
    return ones.map(({ method, time }) => ({ method, ratio: Number.isFinite(time) ? time / fastest : Infinity }));
  });
  return new Map(
    [...groupBy(ratios, ({ method }) => method)].map(([method, ones]) => [method, ones.map((one) => one.ratio)]),
  );
}

/** Multiple of the fastest time up to which a profile counts for its score, as in AlgoPerf. */
export const MOST_RATIO = 4;

/** The area under a performance profile from 1 to τ, divided by τ − 1: 1 for the fastest on every problem, 0 for none
 *  within τ. ∫ ρ(t) dt = mean over the problems of max(0, τ − r), as ρ is a staircase.
 *  @param ratios r of every problem. Source: Dahl et al. 2023 (AlgoPerf), scoring rules; there a trapezium over 100 points. */
export const profileScore = (ratios: readonly number[], most = MOST_RATIO): number =>
  ratios.reduce((sum, ratio) => sum + Math.max(0, most - ratio), 0) / ratios.length / (most - 1);

/** A step of a profile: from this ratio on the share of problems is so high. */
interface ProfileStep {
  readonly ratio: number;
  readonly share: number;
}

/** ρ(τ), the share of problems with a ratio of τ or less (Dolan and Moré 2002): a step per distinct finite ratio, the first at
 *  ratio 1. */
export function profileSteps(ratios: readonly number[]): ProfileStep[] {
  const sorted = [...ratios].filter(Number.isFinite).sort((a, b) => a - b);
  const shareAt = (i: number): number => (i + 1) / ratios.length;
  const steps = sorted.flatMap((ratio, i) => (ratio === sorted[i + 1] ? [] : [{ ratio, share: shareAt(i) }]));
  return steps[0]?.ratio === 1 ? steps : [{ ratio: 1, share: 0 }, ...steps];
}
