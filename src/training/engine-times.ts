import { z } from "zod";
import { EXIT, UserError } from "../core/errors.js";
import { readText } from "../core/text-file.js";
import { counted } from "../core/wording.js";

/** What `engine bench --json` prints: median milliseconds of a step, by engine, on one machine. */
const engineTimes = z.object({
  machine: z.object({
    cpu: z.string(),
    cores: z.int(),
    /** The widest vector instructions that are used: virtual machines of one name can differ in them. */
    instructions: z.string().optional(),
    threads: z.int(),
    gpu: z.string().optional(),
  }),
  engines: z.array(z.string()),
  rows: z.array(
    z.object({
      step: z.string(),
      milliseconds: z.array(z.number().nullable()),
      /** With which the native engine is fastest; absent: it is not here, or was told how many. */
      threads: z.int().optional(),
    }),
  ),
});
export type EngineTimes = z.output<typeof engineTimes>;

/** Reads what another machine's `engine bench --json` printed. @throws UserError (usage) where it is anything else. */
export function readEngineTimes(path: string): EngineTimes {
  const accepted = "what metamd engine bench --json printed";
  const text = readText(path, { where: path, accepted });
  const wrong = (given: string): UserError =>
    new UserError(EXIT.usage, { where: path, given, accepted, hint: `there: metamd engine bench --json > ${path}` });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong("no JSON");
  }
  const parsed = engineTimes.safeParse(value);
  if (parsed.success) return parsed.data;
  throw wrong(`${parsed.error.issues[0]!.path.join(".") || "the whole"}: ${parsed.error.issues[0]!.message}`);
}

/** A step on one engine, here and there. */
interface Compared {
  readonly step: string;
  readonly engine: string;
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
    .join(", ");
