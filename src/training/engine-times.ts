import { basename } from "node:path";
import { z } from "zod";
import { EXIT, UserError } from "../core/errors.js";
import { printableName } from "../core/printable.js";
import { readText } from "../core/text-file.js";
import { counted } from "../core/wording.js";

const COUNT = "an integer from 1";
const TEXT = "a text";
const TIME = "milliseconds, from 1e-6 to 1e9, or null";
const count = z.int(COUNT).positive(COUNT);

/** What `engine bench --json` prints: median milliseconds of a step, by engine, on one machine. Messages say what is
 *  accepted. */
const engineTimes = z
  .object(
    {
      machine: z.object(
        {
          cpu: z.string(TEXT),
          cores: count,
          /** The widest vector instructions that are used: virtual machines of one name can differ in them. */
          instructions: z.string(TEXT).optional(),
          threads: count,
          gpu: z.string(TEXT).optional(),
        },
        "a mapping with cpu, cores and threads",
      ),
      engines: z.array(z.string(TEXT), "a list of engines").min(1, "at least one engine"),
      rows: z
        .array(
          z.object(
            {
              step: z.string(TEXT),
              milliseconds: z.array(z.number(TIME).min(1e-6, TIME).max(1e9, TIME).nullable(), "a list of times"),
              /** With which the native engine is fastest; absent: it is not here, or was told how many. */
              threads: count.optional(),
            },
            "a mapping with step and milliseconds",
          ),
          "a list of steps",
        )
        .min(1, "at least one step"),
    },
    "a mapping with machine, engines and rows",
  )
  .superRefine(({ engines, rows }, { addIssue }) => {
    const steps = rows.map(({ step }) => step);
    for (const [i, engine] of engines.entries())
      if (engines.indexOf(engine) < i) addIssue({ code: "custom", path: ["engines", i], message: "every engine once" });
    for (const [i, { step, milliseconds }] of rows.entries()) {
      if (steps.indexOf(step) < i) addIssue({ code: "custom", path: ["rows", i, "step"], message: "every step once" });
      if (milliseconds.length !== engines.length)
        addIssue({
          code: "custom",
          path: ["rows", i, "milliseconds"],
          message: `${counted(engines.length, "time")}, one for each of ${engines.map(printableName).join(", ")}`,
        });
    }
  });
export type EngineTimes = z.output<typeof engineTimes>;

/** Reads what another machine's `engine bench --json` printed. @throws UserError (usage) where it is anything else. */
export function readEngineTimes(path: string): EngineTimes {
  const accepted = "what metamd engine bench --json printed";
  // Never the file itself: that may be one to keep.
  const other = basename(path) === "bench.json" ? "there.json" : "bench.json";
  const hint = `there: metamd engine bench --json > ${other}`;
  const text = readText(path, { where: path, accepted });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UserError(EXIT.usage, { where: path, given: "no JSON", accepted, hint });
  }
  const parsed = engineTimes.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path: place, message }) => ({
    where: `${path} ${placeInWords(place)}`.trimEnd(),
    given: heldAt(value, place),
    accepted: message,
  }));
  const last = faults.pop()!;
  throw new UserError(EXIT.usage, [...faults, { ...last, hint }]);
}

/** "rows[0].step". */
const placeInWords = (place: readonly PropertyKey[]): string =>
  place.map((part, i) => (typeof part === "number" ? `[${part}]` : `${i === 0 ? "" : "."}${String(part)}`)).join("");

function heldAt(value: unknown, place: readonly PropertyKey[]): string {
  const held = place.reduce((at, part) => (at as Readonly<Record<PropertyKey, unknown>>)[part], value);
  if (held === undefined) return "missing";
  // JSON has no infinity, which is what it reads where digits are too many.
  const text = typeof held === "number" ? String(held) : JSON.stringify(held);
  return `given ${text.length > 80 ? `${text.slice(0, 77)}…` : text}`;
}

/** A step on an engine that is timed. */
export interface Timed {
  readonly step: string;
  readonly engine: string;
}

/** What one machine times and the other has not.
 *  @param here what will be timed. @param path of what was timed there.
 *  @throws UserError (usage) where they have nothing in common. */
export function apart(
  here: readonly Timed[],
  { rows, engines }: EngineTimes,
  path: string,
): { readonly onlyHere: Timed[]; readonly onlyThere: Timed[] } {
  const there = rows.flatMap(({ step, milliseconds }) =>
    engines.flatMap((engine, column) => (milliseconds[column] === null ? [] : [{ step, engine }])),
  );
  const without = (some: readonly Timed[], others: readonly Timed[]): Timed[] =>
    some.filter(({ step, engine }) => !others.some((other) => other.step === step && other.engine === engine));
  const onlyThere = without(there, here);
  if (onlyThere.length < there.length) return { onlyHere: without(here, there), onlyThere };
  throw new UserError(EXIT.usage, {
    where: path,
    given: `nothing that is timed here${there.length === 0 ? "" : `, but ${inWords(there)}`}`,
    accepted: `at least one of ${inWords(here)}`,
    hint: "time both machines with the same version of metamd, and with an engine that both have",
  });
}

/** Steps in a line: "LeNet (wasm); MLP (wasm)". */
export const inWords = (some: readonly Timed[]): string =>
  some.map(({ step, engine }) => printableName(`${step} (${engine})`)).join("; ");

/** A step on one engine, here and there. */
interface Compared extends Timed {
  readonly here: number;
  readonly there: number;
}

/** The steps and engines that both machines have. */
export const compared = (here: EngineTimes, there: EngineTimes): Compared[] =>
  here.rows.flatMap(({ step, milliseconds }) =>
    here.engines.flatMap((engine, column) => {
      const own = milliseconds[column];
      const other = there.rows.find((row) => row.step === step)?.milliseconds[there.engines.indexOf(engine)];
      return own == null || other == null ? [] : [{ step, engine, here: own, there: other }];
    }),
  );

/** A machine in a few words. */
export const machineInWords = ({ machine: { cpu, cores, instructions, threads, gpu } }: EngineTimes): string =>
  [cpu, counted(cores, "processor"), instructions, counted(threads, "thread"), gpu]
    .filter((one) => one !== undefined)
    .map(printableName)
    .join(", ");
