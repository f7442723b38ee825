// Puts finished experiments among the reference results: their tables as CSV, their figures as SVG, and their records, so
// that every number can be traced and made anew.
// Runs that the plan does not name are left out, like those that a plan has lost as it grew. Paths of this machine are replaced.
// Of the curves those of trials and meta-trainings are kept, which tables and figures read. Networks' weights are not.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { create } from "tar";
import { commandLine } from "../command-line.js";
import { copyPortable } from "./portable.js";
import { BESIDE, reference } from "./unpack.js";

/** Larger files that were learned stay at home: L2O's weights, a rate for every weight. */
const LEARNED_BYTES = 100_000;
/** As large as a network: made anew by the run or the analysis. */
const WEIGHTS = ["/weights.safetensors", "/eigenvector.safetensors"];
const LONG_TABLES = ["runs.csv", "curves.csv"];

const { flags, operands } = commandLine({
  about: "Puts finished experiments, folders of RESULTS, among the reference results.",
  options: {
    beside: { value: "EXPERIMENT", about: "do not keep runs twice that this one, kept already, has too" },
    data: { value: "DIR", default: "datasets", about: "where its datasets were; named datasets/ in what is kept" },
    to: { value: "DIR", about: "where it is put, if not in results/reference" },
  },
  operands: ["RESULTS", "EXPERIMENT..."],
});
const [results, ...experiments] = operands;
const there = flags.beside === undefined ? new Set() : plannedIn(join(results, flags.beside));
for (const experiment of experiments) keep(experiment);

function keep(experiment) {
  const source = join(results, experiment);
  const archives = new Map();
  const planned = new Set([...plannedIn(source)].filter((id) => !there.has(id)));
  for (const path of filesOf(source)) {
    const name = archiveOf(source, path, planned);
    if (name !== undefined) archives.set(name, [...(archives.get(name) ?? []), path]);
  }
  const copy = mkdtempSync(join(tmpdir(), "metamd-keep-"));
  try {
    for (const paths of archives.values()) copyPortable(source, copy, paths, { results, datasets: flags.data });
    put(experiment, copy, archives);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

/** Puts an experiment's tables and archives where the kept ones are, in place of what was there. */
function put(experiment, copy, archives) {
  const target = join(flags.to ?? reference, experiment);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(join(target, "records"), { recursive: true });
  for (const name of readdirSync(join(results, experiment)))
    if (name.endsWith(".csv") && !LONG_TABLES.includes(name))
      copyFileSync(join(results, experiment, name), join(target, name));
  if (flags.beside !== undefined) writeFileSync(join(target, "records", BESIDE), `${flags.beside}\n`);
  for (const [name, paths] of archives) {
    const file = join(target, "records", `${name}.tar.gz`);
    const fixed = { portable: true, noMtime: true, prefix: experiment };
    create({ file, gzip: { level: 9 }, cwd: copy, sync: true, ...fixed }, paths);
    console.log(`${file}: ${paths.length} files`);
  }
}

/** Ids of the runs of an experiment's plan; a study has no plan and no runs. */
function plannedIn(folder) {
  const file = join(folder, "plan.json");
  return new Set(existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).cells.map(({ id }) => id) : []);
}

/** Paths of all files in a folder, sorted. */
function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
    .sort();
}

/** The archive that a file of an experiment goes to: one for each hold-out, so that a new one changes no other.
 *  @returns undefined for what is not kept. */
function archiveOf(folder, path, planned) {
  const [room, id, name] = path.split("/");
  if (WEIGHTS.some((one) => path.endsWith(one))) return undefined;
  if (path === "plan.json" || room === "analyses") return "plan";
  const record = join(folder, "runs", id ?? "", "record.json");
  if (!["runs", "learned"].includes(room) || !planned.has(id) || !existsSync(record)) return undefined;
  const { cell } = JSON.parse(readFileSync(record, "utf8"));
  if (room === "learned" && statSync(join(folder, "learned", id, "optimiser.safetensors")).size > LEARNED_BYTES)
    return undefined;
  if (name === "curve.csv" && cell.phase === "tune") return undefined;
  return (cell.holdout ?? "all").replaceAll("/", "-");
}
