import { namedStream } from "../core/rng.js";
import { sobol } from "./sobol.js";
import { fromUnit, type Box, type Point } from "./space.js";

/** Points drawn independently, uniform on the logarithms. More points begin with fewer; the same seed draws the same
 *  places for every box, so that methods are compared on like draws. */
export function randomPoints(count: number, box: Box, seed: number): Point[] {
  const uniform = namedStream(seed, "tuning", "random");
  return Array.from({ length: count }, () => fromUnit([uniform(), uniform()], box));
}

/** Points of a scrambled Sobol sequence on the logarithms, which fills the box evenly. More points begin with fewer. */
export function sobolPoints(count: number, box: Box, seed: number): Point[] {
  return sobol(count, namedStream(seed, "tuning", "sobol")).map((place) => fromUnit(place, box));
}
