// Puts finished experiments among the reference results: their tables as CSV, their figures as SVG, and their records, so
// that every number can be traced and made anew.
// Usage: npm run build, then node scripts/reproduce/keep.js RESULTS EXPERIMENT..., folders of RESULTS.
// Of the curves those of trials and meta-trainings are kept, which tables and figures read.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { create } from "tar";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
/** Larger files that were learned stay at home: L2O's weights, a rate for every weight. */
const LEARNED_BYTES = 100_000;
const LONG_TABLES = ["runs.csv", "curves.csv"];

const [results, ...experiments] = process.argv.slice(2);
if (experiments.length === 0) throw new Error("name a results folder, and experiments in it");
for (const experiment of experiments) keep(experiment);

function keep(experiment) {
  const source = join(results, experiment);
  const target = join(root, "results", "reference", experiment);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(source))
    if (name.endsWith(".csv") && !LONG_TABLES.includes(name)) copyFileSync(join(source, name), join(target, name));
  const files = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(source.length + 1))
    .filter((path) => isKept(source, path))
    .sort();
  create(
    {
      file: join(target, "records.tar.gz"),
      gzip: { level: 9 },
      cwd: source,
      portable: true,
      noMtime: true,
      sync: true,
      prefix: experiment,
    },
    files,
  );
  console.log(`${target}: ${files.length} files`);
}

/** Whether a file of an experiment is kept. @param path in the experiment's folder. */
function isKept(folder, path) {
  const [room, id, name] = path.split("/");
  if (path === "plan.json" || room === "analyses") return true;
  if (room === "learned")
    return readFileSync(join(folder, "learned", id, "optimiser.safetensors")).length < LEARNED_BYTES;
  if (room !== "runs") return false;
  if (["record.json", "SHA256SUMS"].includes(name)) return existsSync(join(folder, "runs", id, "record.json"));
  const isTuning = () =>
    JSON.parse(readFileSync(join(folder, "runs", id, "record.json"), "utf8")).cell.phase === "tune";
  return name === "curve.csv" && existsSync(join(folder, "runs", id, "record.json")) && !isTuning();
}
