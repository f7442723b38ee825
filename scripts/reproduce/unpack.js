// Unpacks the records of the reference results, all or those of the named experiments, into a results folder, where
// `metamd table`, `figure`, `claims`, `report` and `run` read them.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { extract } from "tar";
import { commandLine } from "../command-line.js";

export const reference = join(dirname(fileURLToPath(import.meta.url)), "../../results/reference");
/** Beside an experiment's archives: the name of another one, which has the runs that both of them have. */
export const BESIDE = "beside.txt";

/** @param experiments folders of the reference results; default all that have records */
export function unpack(results, experiments = readdirSync(reference).filter((name) => existsSync(recordsOf(name)))) {
  mkdirSync(results, { recursive: true });
  for (const experiment of experiments) {
    const records = recordsOf(experiment);
    if (!existsSync(records)) throw new Error(`${experiment} has no records in ${reference}`);
    extractAll(records, results);
    const beside = join(records, BESIDE);
    if (existsSync(beside)) takeOver(results, experiment, readFileSync(beside, "utf8").trim());
  }
}

const recordsOf = (experiment) => join(reference, experiment, "records");

function extractAll(records, cwd) {
  for (const name of readdirSync(records))
    if (name.endsWith(".tar.gz")) extract({ file: join(records, name), cwd, sync: true });
}

/** Copies the runs of an experiment's plan that another one keeps. */
function takeOver(results, experiment, other) {
  extractAll(recordsOf(other), results);
  const { cells } = JSON.parse(readFileSync(join(results, experiment, "plan.json"), "utf8"));
  for (const { id } of cells)
    for (const room of ["runs", "learned"]) {
      const kept = join(results, other, room, id);
      if (existsSync(kept)) cpSync(kept, join(results, experiment, room, id), { recursive: true, force: false });
    }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { operands } = commandLine({
    about: "Unpacks the records of the reference results into the folder RESULTS; the experiment all is every one.",
    operands: ["RESULTS", "EXPERIMENT..."],
  });
  const [results, ...experiments] = operands;
  unpack(results, experiments.includes("all") ? undefined : experiments);
}
