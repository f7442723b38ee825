import type { Point } from "./figure.js";

/** A part of a method's line, and how many lines lie there on each other. */
interface Stretch {
  readonly points: readonly Point[];
  /** Lines that have the same stretch, and this one's place among them, from 0. */
  readonly of: number;
  readonly place: number;
}

/** Takes lines apart where others begin or cease to lie on them, so that each can be drawn in its turn and none is hidden.
 *  @param lines the points of a method each. @param steps whether a value holds up to the next point; the stretches have corners. */
export function stretchesOf(lines: readonly (readonly Point[])[], steps: boolean): Stretch[] {
  const whole = steps ? staircasesOf(lines) : lines;
  const holders = new Map<string, number[]>();
  const keyOf = (a: Point, b: Point): string => `${a.x} ${a.y} ${b.x} ${b.y}`;
  for (const [i, line] of whole.entries())
    for (const [a, b] of pairsOf(line)) {
      const held = holders.get(keyOf(a, b));
      if (held === undefined) holders.set(keyOf(a, b), [i]);
      else held.push(i);
    }
  return whole.flatMap((line, i) => {
    const parts: { points: Point[]; of: readonly number[]; name: string }[] = [];
    for (const [a, b] of pairsOf(line)) {
      const of = holders.get(keyOf(a, b))!;
      const [last, name] = [parts.at(-1), of.join()];
      if (last?.name === name) last.points.push(b);
      else parts.push({ points: [a, b], of, name });
    }
    if (parts.length === 0) return [{ points: line, of: 1, place: 0 }];
    return parts.map(({ points, of }) => ({ points, of: of.length, place: of.indexOf(i) }));
  });
}

const pairsOf = (line: readonly Point[]): [Point, Point][] => line.slice(1).map((point, i) => [line[i]!, point]);

/** Staircases with their corners, and with a point wherever any of them rises. */
function staircasesOf(lines: readonly (readonly Point[])[]): readonly (readonly Point[])[] {
  const places = [...new Set(lines.flatMap((line) => line.map(({ x }) => Number(x))))].sort((a, b) => a - b);
  return lines.map((line) => {
    const [first, last] = [Number(line[0]?.x), Number(line.at(-1)?.x)];
    let at = 0;
    return places
      .filter((x) => x >= first && x <= last)
      .flatMap((x): Point[] => {
        const before = line[at]!;
        while (at + 1 < line.length && Number(line[at + 1]!.x) <= x) at++;
        const now = { ...line[at]!, x };
        return x === first || before.y === now.y ? [now] : [{ ...before, x }, now];
      });
  });
}
