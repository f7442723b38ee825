import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { makeFolders, writeAtomic } from "../core/files.js";
import { writeSums } from "./checksums.js";
import { jsonText, readJson, writeJson } from "./json-file.js";
import { resolvedConfig } from "./plan.js";
import { writing } from "./writable.js";

const VERSION = 1;

const schema = z.strictObject({
  schemaVersion: z.literal(VERSION),
  /** Id of the job array. */
  job: z.string().regex(/^\d+$/),
  /** Where there are several. */
  cluster: z.string().optional(),
  tasks: z.int().positive(),
  /** What every task runs. */
  command: z.array(z.string()),
  submittedAt: z.string(),
});
const SUBMISSION = { schema, version: VERSION, what: "a submission" };

/** A job array that was submitted for an experiment: `<experiment>/slurm/<number>.json`, its script beside it as
 *  `<number>.sh`, what its tasks run as `<number>.config.json` and what they say as `<job>_<task>.log`. */
export type Submission = z.output<typeof schema>;

const submittedSchema = z.strictObject({
  schemaVersion: z.literal(VERSION),
  /** As messages name it. */
  file: z.string(),
  preset: z.string(),
  configHash: z.string(),
  config: resolvedConfig,
  /** Checksums of the data, of initial weights and of learned files, by what they are. */
  inputs: z.record(z.string(), z.string()),
});
const SUBMITTED = { schema: submittedSchema, version: VERSION, what: "what a job array runs" };

/** What the tasks of a submission run, as it was when the command was typed. */
export type Submitted = Omit<z.output<typeof submittedSchema>, "schemaVersion">;

export const slurmFolder = (experimentFolder: string): string => join(experimentFolder, "slurm");

/** Path of the next submission's script. */
export function nextScript(experimentFolder: string): string {
  const folder = slurmFolder(experimentFolder);
  writing(experimentFolder, () => makeFolders(folder));
  const numbers = readdirSync(folder).flatMap((name) => /^\d+(?=\.(?:sh|json)$)/.exec(name)?.map(Number) ?? []);
  return join(folder, `${Math.max(0, ...numbers) + 1}.sh`);
}

/** @param script of the submission, as `nextScript` named it. @returns what was written. */
export function writeSubmission(script: string, submitted: Omit<Submission, "schemaVersion">): Submission {
  const path = script.replace(/\.sh$/, ".json");
  const submission: Submission = { schemaVersion: VERSION, ...submitted };
  writing(dirname(path), () => writeJson(path, schema, submission));
  return submission;
}

/** Writes what the tasks of a submission run, with its checksum. @returns the file's path. */
export function writeSubmitted(script: string, submitted: Submitted): string {
  const path = script.replace(/\.sh$/, ".config.json");
  const text = jsonText(submittedSchema, { schemaVersion: VERSION, ...submitted });
  writing(dirname(path), () => {
    writeSums(dirname(path), { [basename(path)]: text });
    writeAtomic(path, text);
  });
  return path;
}

/** @throws UserError (data) when the file is missing, damaged, or not what was written. */
export const readSubmitted = (path: string): Submitted =>
  readJson(path, SUBMITTED, "the same command submits it again");

/** Every submission of an experiment, the oldest first. @throws UserError (data) for a damaged file. */
export function readSubmissions(experimentFolder: string): Submission[] {
  const folder = slurmFolder(experimentFolder);
  if (!existsSync(folder)) return [];
  const numbers = readdirSync(folder).flatMap((name) => /^\d+(?=\.json$)/.exec(name)?.map(Number) ?? []);
  const read = (number: number): Submission => {
    const path = join(folder, `${number}.json`);
    return readJson(path, SUBMISSION, `delete ${path}; scancel stops a job that it names`);
  };
  return numbers.sort((a, b) => a - b).map(read);
}
