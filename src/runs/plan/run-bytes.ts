import { openSide, type Probed } from "./step-side.js";

/** Bytes that a gradient holds for each of its batch's images' own, at most, of models that are known (ResNet18 on 224 x 224:
 *  some 80). */
const GRADIENT_AT_MOST = 1000;
/** What a process holds besides: program and engine. */
const PROCESS = 0.5e9;

/** Bytes that a process holds with one run, if they may be more than a bound; undefined where they are less, or nobody knows.
 *  Asked of a process of its own, which computes nothing.
 *  @param held what the parameters, the optimiser's state and a batch take. @throws Interrupted. */
export async function runBytes(
  stepped: Probed,
  held: number,
  bound: number,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const images = 4 * stepped.batchSize * stepped.input.reduce((product, side) => product * side, 1);
  if (PROCESS + held + GRADIENT_AT_MOST * images <= bound) return undefined;
  const side = openSide(1, stepped, { signal });
  try {
    const bytes = held + (await side.bytes());
    return bytes > bound ? bytes : undefined;
  } finally {
    await side.close();
  }
}
