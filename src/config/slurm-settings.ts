import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { EXIT, UserError } from "../core/errors.js";
import { display } from "../core/files.js";
import { configHome } from "../core/home.js";
import { readText } from "../core/text-file.js";
import { readYaml } from "../core/yaml.js";
import { faultsOf, locate, type PathFault } from "./faults.js";
import { dotted, type Layer } from "./layers.js";
import { mappingOf } from "./read-file.js";

const text = (pattern: RegExp, accepted: string): z.ZodString => z.string().regex(pattern).meta({ accepted });
const name = text(/^[\w.,-]+$/, "a name: letters, digits, dots, commas, _ and -");
const count = z.int().positive();

/** sbatch's options that decide how a task is followed, stopped and gone on with. */
const OURS = [
  "array",
  "output",
  "error",
  "open-mode",
  "signal",
  "requeue",
  "no-requeue",
  "job-name",
  "wrap",
  "parsable",
];
const ourOption = new RegExp(`^--(?!(?:${OURS.join("|")})(?:[=\\s]|$))[a-z][\\w-]*(?:[= ][^\\n]*)?$`);

/** A cluster's settings: its user's, not an experiment's. No number depends on them, and no id or hash. */
const settings = z.strictObject({
  partition: name.optional().meta({ description: "where the tasks run", examples: ["gpu"] }),
  account: name.optional().meta({ description: "who pays", examples: ["vision"] }),
  time: z
    .union([count, text(/^(\d+-\d+(:\d+){0,2}|\d+(:\d+){1,2})$/, "Slurm's forms")])
    .optional()
    .meta({ accepted: "minutes, or Slurm's forms like 30:00, 4:00:00 and 2-12:00:00", examples: ["4:00:00"] }),
  gpus: z
    .union([count, text(/^(?!(gpu|[\d.]+)(:|$))\w[\w.-]*(:[1-9]\d*)?$/, "a type")])
    .optional()
    .meta({ accepted: "a number of GPUs, 1 or more, or type:number, like a100:2", examples: [1] }),
  cpusPerTask: count.optional().meta({ description: "processors of a task", examples: [4] }),
  memory: z
    .union([count.transform(String), text(/^[1-9]\d*[KMGT]?$/, "megabytes")])
    .optional()
    .meta({ accepted: "megabytes, or a number with K, M, G or T, like 16G", examples: ["16G"] }),
  tasks: count.optional().meta({ description: "tasks of the job array", examples: [8] }),
  stopSeconds: z.int().min(10).default(120).meta({ description: "before the time limit: when a task checkpoints" }),
  idleMinutes: z.number().positive().default(10).meta({ description: "after which a task without work leaves" }),
  setup: z.array(z.string()).default([]).meta({ description: "shell lines that are run before metamd" }),
  extra: z
    .array(text(ourOption, `further options of sbatch, like --constraint=a100; not ${OURS.join(", ")}`))
    .default([]),
});
export type SlurmSettings = z.output<typeof settings>;

/** Where a user's cluster settings lie. */
const usualSlurmFile = (): string => join(configHome(), "metamd", "slurm.yaml");

/** Reads a cluster's settings: the given file, else the user's, else the cluster's own defaults.
 *  @throws UserError (usage) that lists everything wrong with the file. */
export function loadSlurmSettings(path: string | undefined): SlurmSettings {
  const found = path ?? usualSlurmFile();
  if (!existsSync(found)) {
    if (path === undefined) return settings.parse({});
    const accepted = "a YAML file with a cluster's settings (docs/slurm.md)";
    throw new UserError(EXIT.usage, {
      where: "--slurm",
      given: `${path}: no such file`,
      accepted,
      hint: `check the path, or leave it out: ${usualSlurmFile()} is read when it is there`,
    });
  }
  const file = display(found);
  const yaml = readYaml(readText(found, { where: file, accepted: "a YAML file that you may read" }), file);
  const value = mappingOf(yaml, file, "for example partition: gpu; see docs/slurm.md");
  const layer: Layer = {
    value,
    byFlag: false,
    where: (at) => `${file}:${yaml.lineOf(at)} ${dotted(at)}`,
    textOf: yaml.textOf,
    hint: (at, example) =>
      example === undefined ? "fix the file" : `fix the file, for example ${dotted(at)}: ${example}`,
  };
  const parsed = settings.safeParse(value);
  const faults = parsed.success
    ? [...tooShort(parsed.data), ...tooLittle(parsed.data)]
    : faultsOf(settings, parsed.error, value, [layer]);
  if (parsed.success && faults.length === 0) return parsed.data;
  throw new UserError(EXIT.usage, locate(faults, [layer]));
}

/** A time limit that is over when a task would be told to stop: it would go back into the queue for ever. */
function tooShort({ time, stopSeconds }: SlurmSettings): PathFault[] {
  const seconds = time === undefined ? Infinity : limitSeconds(time);
  if (seconds > stopSeconds) return [];
  return [
    {
      path: ["time"],
      given: `given ${time}, which is ${seconds} s, with stopSeconds: ${stopSeconds}`,
      accepted: "a time longer than stopSeconds, the seconds before its end at which a task checkpoints",
      hint: "give more time, or a smaller stopSeconds, 10 at least",
    },
  ];
}

/** Megabytes below which no task runs: who writes so few without a unit means gigabytes. */
const LEAST_MEGABYTES = 1000;

function tooLittle({ memory }: SlurmSettings): PathFault[] {
  if (memory === undefined || !(Number(memory) < LEAST_MEGABYTES)) return [];
  return [
    {
      path: ["memory"],
      given: `given ${memory}, which is ${memory} megabytes`,
      accepted: `megabytes from ${LEAST_MEGABYTES}, or a number with K, M, G or T, like 16G`,
      hint: `memory: ${memory}G for gigabytes`,
    },
  ];
}

/** Seconds of a time limit: minutes, minutes:seconds, hours:minutes:seconds, or days-hours, with minutes and seconds or
 *  not. Whole minutes, rounded up, and none is no limit, as Slurm has it.
 *  Source: SchedMD/slurm, src/common/parse_time.c, time_str2secs and time_str2mins. */
function limitSeconds(time: number | string): number {
  const [clock = "", days] = String(time).split("-").reverse();
  const parts = clock.split(":").map(Number);
  const beginsWithHours = days !== undefined || parts.length === 3;
  const [hours = 0, minutes = 0, seconds = 0] = beginsWithHours ? parts : [0, ...parts];
  const limit = 60 * Math.ceil(24 * 60 * Number(days ?? 0) + 60 * hours + minutes + seconds / 60);
  return limit === 0 ? Infinity : limit;
}
