/** Every set of periods that falls due together at some step, when a period p is due at steps 1, 1 + p, 1 + 2p, ...
 *  @param periods distinct, at least 1. */
export function dueTogether(periods: readonly number[]): number[][] {
  const subsets = periods.reduce<number[][]>((all, period) => [...all, ...all.map((set) => [...set, period])], [[]]);
  // A set is due, and nothing else, after lcm(set) steps, unless another period divides that.
  return subsets.filter((set) => {
    const steps = set.reduce(leastCommonMultiple, 1);
    return periods.every((period) => set.includes(period) || steps % period !== 0);
  });
}

/** The periods due at step t = 1, 2, ... */
export const dueAt = (periods: readonly number[], t: number): number[] =>
  periods.filter((period) => (t - 1) % period === 0);

const leastCommonMultiple = (a: number, b: number): number => (a / greatestCommonDivisor(a, b)) * b;
const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
