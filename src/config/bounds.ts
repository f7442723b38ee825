import { schemaAt, type JsonSchema } from "./accepted.js";
import type { PathFault } from "./faults.js";
import type { Path } from "./layers.js";

/** What a config may ask for at most, by the name of the key: beyond it no machine has the memory, or no life the time. */
const BOUNDS: Readonly<Record<string, number>> = {
  trials: 100_000,
  seeds: 100_000,
  budget: 100_000,
  atMost: 100_000,
  hidden: 1_000_000,
  width: 4096,
  size: 4096,
  batchSize: 1_000_000,
  points: 100_000,
  lanczosSteps: 100_000,
  eigenvalues: 10_000,
  /** What an unrolled inner run keeps of them is refused by its memory. */
  innerSteps: 1_000_000_000,
};
/** Of steps, images and everything else that is counted: a curve has a row a step, of about 100 bytes. */
const BOUND = 10_000_000;

/** Counts that are beyond what can be held. A seed is no count. @param json the schema of the value. */
export function boundFaults(json: JsonSchema, value: unknown): PathFault[] {
  const faults: PathFault[] = [];
  const visit = (held: unknown, path: Path): void => {
    if (held !== null && typeof held === "object")
      for (const [key, inner] of Object.entries(held)) visit(inner, [...path, Array.isArray(held) ? Number(key) : key]);
    const key = path.findLast((part) => typeof part === "string") ?? "";
    const most = Object.hasOwn(BOUNDS, key) ? BOUNDS[key]! : BOUND;
    const given = countIn(held, key, json, value, path);
    if (given === undefined || given <= most) return;
    faults.push({ path, given: `given ${JSON.stringify(held)}`, accepted: `at most ${most}`, hint: "lower it" });
  };
  visit(value, []);
  return faults;
}

/** The count that a value is; undefined where it is none. */
function countIn(held: unknown, key: string, json: JsonSchema, value: unknown, path: Path): number | undefined {
  if (typeof held === "string") return Number(/^(\d+) epochs?$/.exec(held)?.[1] ?? NaN) || undefined;
  if (typeof held !== "number" || held <= BOUNDS_BEGIN || key === "seed") return undefined;
  const { type, anyOf = [], oneOf = [] } = schemaAt(json, value, path);
  return [type, ...[...anyOf, ...oneOf].map((one) => one.type)].includes("integer") ? held : undefined;
}
const BOUNDS_BEGIN = Math.min(...Object.values(BOUNDS));

/** Runs of one plan at most: each takes about 4 KB of memory, and of disk, more. */
const MAX_RUNS = 200_000;

/** Whether a plan has more runs than can be held. @param parts how many each key asks for; their product counts. */
export function tooManyRuns(runs: number, path: Path, keys: string): PathFault[] {
  if (runs <= MAX_RUNS) return [];
  const gigabytes = ((runs * 4096) / 2 ** 30).toFixed(1);
  return [
    {
      path,
      given: `${runs} runs in all, whose plan alone would take about ${gigabytes} GB of memory`,
      accepted: `at most ${MAX_RUNS} runs`,
      hint: `lower ${keys}`,
    },
  ];
}
