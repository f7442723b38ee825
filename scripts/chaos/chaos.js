// Faults of the disk and kills, seeded, while an experiment runs; then everything is compared with a run that nothing
// disturbed: nothing lost, nothing counted twice, the same bytes.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commandLine } from "../command-line.js";

const { flags: given } = commandLine({
  about:
    "Faults of the disk and kills, seeded, while an experiment runs; then all is compared with a run that nothing disturbed.\nThe last line has the totals: --faults 30 --kills 10 with another --seed each takes a few minutes.",
  options: {
    faults: { value: "N", kind: "count", least: 0, default: 300, about: "faults of the disk" },
    kills: { value: "N", kind: "count", least: 0, default: 100, about: "kills" },
    seed: { value: "N", kind: "count", least: 0, default: 1, about: "of where they strike" },
    slurm: {
      about:
        "every third round is a job array on the Slurm that SLURM_CONF names (scripts/slurm-local), its tasks disturbed",
    },
  },
});
const { faults: FAULTS, kills: KILLS, seed: SEED } = given;
/** So that kills and faults meet in every round. */
const KILLS_A_ROUND = 4;
const CONFIG = `name: chaos
suite:
  domains: [synthetic-rotated/0, synthetic-rotated/15]
  protocol: { metaTest: [synthetic-rotated/15] }
  limits: { trainImages: 200, validationImages: 100, testImages: 100 }
model: { kind: mlp, hidden: [48] }
training: { batchSize: 50, steps: 60, aucWindowSteps: 10 }
methods: [sgd, adam, metamd]
metaTraining: { metamd: { outerSteps: 3, innerSteps: 20 } }
tuning: { seeds: 1, space: { learningRate: [0.3, 0.1], weightDecay: [0.0001] } }
trials: 3
`;
const PROGRAM = fileURLToPath(new URL("../../dist/bin/metamd.js", import.meta.url));
const SHIM = fileURLToPath(new URL("faults.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "metamd-chaos-"));
const log = join(folder, "faults.log");
writeFileSync(join(folder, "chaos.yaml"), CONFIG);
writeFileSync(log, "");

let state = SEED >>> 0;
/** Mulberry32. */
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const at = (results, ...path) => join(folder, results, "chaos", ...path);
const faults = () => readFileSync(log, "utf8").split("\n").length - 1;
const fault = (text) => {
  throw new Error(`${text}; everything is kept in ${folder}`);
};

/** How the command is told to run: how many at a time here, or as tasks of a job array. */
const here = (jobs) => ["--jobs", String(jobs)];
const ON_SLURM = ["--executor", "slurm", "--tasks", "3", "--jobs", "1"];

function start(results, how, broken = false) {
  const env = { ...process.env };
  if (broken) {
    env.NODE_OPTIONS = `--import ${SHIM}`;
    env.METAMD_FAULTS_BELOW = join(folder, results);
    env.METAMD_FAULTS_EVERY = "30";
    env.METAMD_FAULTS_SEED = String(Math.floor(random() * 2 ** 31));
    env.METAMD_FAULTS_LOG = log;
  }
  const args = ["run", "--config", "chaos.yaml", "--engine", "wasm", "--results", results, ...how];
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder, env });
  let said = "";
  child.stderr.on("data", (text) => (said += text));
  child.stdout.resume();
  const running = { pid: child.pid, over: false, ended: undefined };
  running.ended = new Promise((resolve) =>
    child.on("close", (code, signal) => {
      running.over = true;
      resolve({ code, signal, said });
    }),
  );
  return running;
}

/** When every record was first seen finished: it must not be written again. A run that two kills hit is given up until
 *  the next start, as documented. */
const finished = new Map();
function look(results) {
  if (!existsSync(at(results, "runs"))) return;
  for (const id of readdirSync(at(results, "runs"))) {
    const path = at(results, "runs", id, "record.json");
    if (finished.has(path) || !existsSync(path)) continue;
    const { state: ending, failure } = JSON.parse(readFileSync(path, "utf8"));
    if (ending !== "failed") finished.set(path, statSync(path).mtimeMs);
    else if (!/died/.test(failure)) fault(`run ${id} was recorded as failed: ${failure}`);
  }
}

/** Whatever does not hang on the time of day is the same, every run is there once, and nothing is left over. */
function compare(results) {
  for (const name of ["accuracy.csv", "auc.csv", "accuracy.runs.json", "auc.runs.json"])
    if (readFileSync(at(results, name), "utf8") !== readFileSync(at("whole", name), "utf8")) fault(`${name} differs`);
  const ids = (of) => readdirSync(at(of, "runs")).sort().join();
  if (ids(results) !== ids("whole")) fault("other runs");
  for (const [path, before] of finished) if (statSync(path).mtimeMs !== before) fault(`${path} was written again`);
  const left = readdirSync(at(results), { recursive: true, encoding: "utf8" });
  const leases = left.filter((name) => /^leases\/[0-9a-f]{16}\/\d+\.json$/.test(name));
  if (leases.length > 0) fault(`leases are left: ${leases.join(", ")}`);
}

const childrenOf = (pid) =>
  spawnSync("pgrep", ["-P", String(pid)], { encoding: "utf8" })
    .stdout.split("\n")
    .filter(Boolean)
    .map(Number);
const killNow = (pid) => {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
};

/** The processes of an array's tasks. */
const tasks = () =>
  spawnSync("pgrep", ["-f", `${PROGRAM} run .*--skip-failed`], { encoding: "utf8" })
    .stdout.split("\n")
    .filter(Boolean)
    .map(Number);
const oneOf = (pids) => pids[Math.floor(random() * pids.length)];

/** One experiment, disturbed until it is done or everything was tried. @returns kills. */
async function disturbed(results, kills, onSlurm) {
  let killed = 0;
  for (let starts = 1; ; starts++) {
    if (starts > 200) fault("200 starts were not enough");
    const parent = start(results, onSlurm ? ON_SLURM : here(1 + Math.floor(random() * 3)), faults() < FAULTS);
    while (!parent.over) {
      await pause(200 + 1500 * random());
      look(results);
      if (parent.over || killed >= kills) continue;
      const workers = onSlurm ? tasks() : childrenOf(parent.pid);
      const victim = random() < (onSlurm ? 0.9 : 0.7) ? oneOf(workers) : parent.pid;
      if (victim !== undefined && killNow(victim)) killed++;
    }
    const { code, signal, said } = await parent.ended;
    if (code === 0) break;
    const givenUp = code === 1 && (onSlurm || killed > 0);
    if (signal === null && !givenUp && code !== 2 && code !== 3) fault(`exit code ${code}:\n${said}`);
  }
  look(results);
  compare(results);
  return killed;
}

const whole = await start("whole", here(2)).ended;
if (whole.code !== 0) fault(`the undisturbed run ended with ${whole.code}:\n${whole.said}`);
let [kills, rounds, slurmRounds] = [0, 0, 0];
while (faults() < FAULTS || kills < KILLS) {
  const onSlurm = given.slurm && rounds % 3 === 1;
  finished.clear();
  kills += await disturbed(`round-${rounds++}`, Math.min(KILLS_A_ROUND, KILLS - kills), onSlurm);
  if (onSlurm) slurmRounds++;
  const where = onSlurm ? " (Slurm)" : "";
  console.log(
    `round ${rounds}${where}: ${faults()} faults, ${kills} kills so far; nothing lost, nothing twice, same bytes`,
  );
}
const kinds = {};
for (const line of readFileSync(log, "utf8").split("\n").filter(Boolean)) {
  const [, name, code] = line.split(" ");
  kinds[`${name} ${code}`] = (kinds[`${name} ${code}`] ?? 0) + 1;
}
console.log(JSON.stringify(kinds));
console.log(
  `total: seed ${SEED}, ${rounds} rounds (${slurmRounds} on Slurm), ${faults()} faults, ${kills} kills; ` +
    `nothing lost, nothing twice, same bytes`,
);
rmSync(folder, { recursive: true });
