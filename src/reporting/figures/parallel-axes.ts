import type { TriedPoint } from "../tuning-trace.js";
import { withPowers } from "./powers.js";

/** Size of a tick's label, and the least distance of two; points. */
export const TICK = { size: 7, between: 8.5 } as const;
/** More values than this are marked by powers of ten. */
const VALUES = 8;
/** Share of an axis, above its foot, over which positive values lie where 0 is at the foot. */
const ABOVE_ZERO = 0.84;

/** One of the parallel axes. */
export interface ValueAxis {
  readonly title: string;
  /** Points below the axis' head at which a value lies. */
  at(value: number): number;
  readonly ticks: readonly { readonly y: number; readonly label: string }[];
}

/** Learning rate and weight decay on logarithmic axes, 0 at the foot; validation accuracy in percent on a linear one. */
export const parallelAxes = (tried: readonly TriedPoint[], height: number): ValueAxis[] => [
  logAxis(
    "Learning rate",
    tried.map(({ point }) => point.learningRate),
    height,
  ),
  logAxis(
    "Weight decay",
    tried.map(({ point }) => point.weightDecay),
    height,
  ),
  linearAxis(
    "Val. accuracy (%)",
    tried.map(({ accuracy }) => 100 * accuracy),
    height,
  ),
];

/** @internal Exported for tests. */
export function logAxis(title: string, values: readonly number[], height: number): ValueAxis {
  const distinct = [...new Set(values)].sort((a, b) => a - b);
  const above = distinct.filter((value) => value > 0);
  const bottom = above.length < distinct.length ? height * ABOVE_ZERO : height;
  const [low, high] = [above[0] ?? 1, above.at(-1) ?? 1];
  const share = (value: number): number => (low === high ? 0.5 : Math.log(value / low) / Math.log(high / low));
  const at = (value: number): number => (value <= 0 ? height : bottom * (1 - share(value)));
  const marked =
    distinct.length <= VALUES ? distinct : [...distinct.filter((value) => value <= 0), ...powers(low, high)];
  return { title, at, ticks: ticksOf(marked, at) };
}

/** The powers of ten between two values; the values where they hold fewer than two. */
function powers(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const count = Math.floor(Math.log10(high) + 1e-9) - first + 1;
  // As the numbers are written: 10 ** -5 is not 1e-5.
  return count < 2 ? [low, high] : Array.from({ length: count }, (_none, i) => Number(`1e${first + i}`));
}

function linearAxis(title: string, values: readonly number[], height: number): ValueAxis {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const raw = Math.max(high - low, 1) / 4;
  const unit = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((factor) => factor * unit >= raw * (1 - 1e-9))! * unit;
  const first = Math.floor(low / step + 1e-9);
  const count = Math.max(1, Math.ceil(high / step - 1e-9) - first);
  const at = (value: number): number => height * (1 - (value / step - first) / count);
  return {
    title,
    at,
    ticks: ticksOf(
      Array.from({ length: count + 1 }, (_none, i) => (first + i) * step),
      at,
    ),
  };
}

/** From the foot up; those too near to the one before have no label. */
function ticksOf(values: readonly number[], at: (value: number) => number): ValueAxis["ticks"] {
  const ticks: { y: number; label: string }[] = [];
  for (const value of values) {
    const [y, last] = [at(value), ticks.at(-1)];
    if (last === undefined || last.y - y >= TICK.between) ticks.push({ y, label: labelOf(value) });
  }
  return ticks;
}

function labelOf(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded === 0 || (rounded >= 0.01 && rounded < 10_000) ? String(rounded) : withPowers(rounded.toExponential());
}
