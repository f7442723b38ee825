/** A place on a line. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Share of the frame's sides that no left-out point is farther from the drawn line than. */
const TOLERANCE = 0.002;

/** Leaves out the points of a line that would not be seen (Ramer, Douglas and Peucker): every one that is left out is
 *  nearer than `TOLERANCE` of the frame to the line through the others. The first and the last point and the extremes of
 *  x and y stay. @param across how a coordinate maps to the frame, 0 to 1. */
export function thin<Point>(points: readonly Point[], across: (point: Point) => Place): Point[] {
  if (points.length < 3) return [...points];
  const places = points.map(across);
  const kept = new Set([0, points.length - 1, ...extremes(places)]);
  const corners = [...kept].sort((a, b) => a - b);
  const open = corners.slice(1).map((end, i) => [corners[i]!, end] as const);
  for (let span = open.pop(); span !== undefined; span = open.pop()) {
    const [start, end] = span;
    const { index, distance } = farthest(places, start, end);
    if (distance <= TOLERANCE) continue;
    kept.add(index);
    open.push([start, index], [index, end]);
  }
  return points.filter((_point, i) => kept.has(i));
}

function extremes(places: readonly Place[]): number[] {
  const found = [0, 0, 0, 0];
  for (const [i, { x, y }] of places.entries()) {
    if (x < places[found[0]!]!.x) found[0] = i;
    if (x > places[found[1]!]!.x) found[1] = i;
    if (y < places[found[2]!]!.y) found[2] = i;
    if (y > places[found[3]!]!.y) found[3] = i;
  }
  return found;
}

/** The point between two others that is farthest from the stretch between them. */
function farthest(places: readonly Place[], start: number, end: number): { index: number; distance: number } {
  const [a, b] = [places[start]!, places[end]!];
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  let [index, distance] = [start, 0];
  for (let i = start + 1; i < end; i++) {
    const { x, y } = places[i]!;
    const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - a.x) * dx + (y - a.y) * dy) / length));
    const off = Math.hypot(x - a.x - along * dx, y - a.y - along * dy);
    if (off > distance) [index, distance] = [i, off];
  }
  return { index, distance };
}

/** So many points of a line, evenly by their place in it, the last always among them. */
export function sampled<Point>(points: readonly Point[], limit: number): Point[] {
  if (points.length <= limit) return [...points];
  const at = Array.from({ length: limit }, (_none, i) => Math.round(((i + 1) * points.length) / limit) - 1);
  return [...new Set(at)].map((i) => points[i]!);
}
