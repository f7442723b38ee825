// Makes the paper's experiments from their configs, and of all records the tables, figures, verdicts and the report.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { EXPERIMENTS, PRESETS } from "./experiments.js";
import { commandLine } from "../command-line.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const { flags: given } = commandLine({
  about:
    "Makes the paper's experiments from their configs, and of all records the tables, figures, verdicts and the report.\nThe same command goes on where it stopped.",
  options: {
    data: { value: "DIR", default: "datasets", about: "where datasets are" },
    results: { value: "DIR", default: "results", about: "where results are written" },
    preset: { value: "NAME", default: "desk", accepted: Object.keys(PRESETS), about: "the size" },
    only: {
      value: "E2,E3",
      kind: "list",
      default: Object.keys(EXPERIMENTS),
      accepted: Object.keys(EXPERIMENTS),
      about: "which experiments",
    },
    engine: { value: "NAME", default: "auto", about: "the engine" },
    jobs: { value: "N", kind: "count", about: "runs at the same time" },
    set: {
      value: "KEY=VALUE",
      kind: "again",
      about: "a setting of the configs that have it, or of all; may be given again",
    },
    pretrained: { value: "FILE", about: "pretrained weights" },
    plan: { about: "only say how long it would take" },
  },
});

const configFile = (name) => join(root, "configs", `${name}.yaml`);
const ofConfig = (name) => parse(readFileSync(configFile(name), "utf8"), { merge: true });
/** Flags that choose the size of a config. */
function presetFlags(config) {
  const known = ["paper", ...Object.keys(ofConfig(config).presets ?? {})];
  const preset = [given.preset, ...PRESETS[given.preset]].find((one) => known.includes(one));
  return preset === "paper" ? [] : ["--preset", preset];
}
/** Whether a config says something of a setting at the chosen size: what it does not mention may have no place there. */
function mentions(config, setting) {
  const [, preset] = presetFlags(config);
  const keys = setting.split("=")[0].split(".");
  const { presets = {}, ...paper } = ofConfig(config);
  return [paper, presets[preset]].some((part) => keys.reduce((value, key) => value?.[key], part) !== undefined);
}
/** Flags for the settings that were given. */
function settingsOf(config) {
  const steps = given.only.flatMap((name) => stepsOf(EXPERIMENTS[name]));
  const isHere = (one) => mentions(config, one) || !steps.some((step) => mentions(step.config, one));
  return (given.set ?? []).filter(isHere).flatMap((one) => ["--set", one]);
}
/** The folder of a config's results. */
const folderOf = (config) => join(given.results, [ofConfig(config).name, ...presetFlags(config).slice(1)].join("-"));

const RUNS = ["run", "meta-train", "meta-test"];
/** The command line of a step. */
function argumentsOf({ command, config, flags = {} }, ...more) {
  const where = ["--data", given.data, "--results", given.results, "--engine", given.engine];
  const ofRuns = RUNS.includes(command)
    ? ["--skip-missing", ...(given.jobs === undefined ? [] : ["--jobs", String(given.jobs)])]
    : [];
  const own = [...(flags.all ?? []), ...(flags[given.preset] ?? [])];
  return [
    ...command.split(" "),
    "--config",
    configFile(config),
    ...presetFlags(config),
    ...settingsOf(config),
    ...where,
    ...ofRuns,
    ...own,
    ...more,
  ];
}

/** Flags for the files that a step needs. @returns what is missing instead, where a file is. */
function needed({ needs = {} }) {
  const flags = [];
  if (needs.weights !== undefined) {
    const weights = given.pretrained ?? fileOf(needs.weights, "runs", "weights.safetensors", () => true);
    if (weights === undefined) return "no pretrained weights: name them with --pretrained FILE";
    flags.push("--pretrained", weights);
  }
  if (needs.learned !== undefined) {
    const isMetaMD = ({ phase, method }) => phase === "meta-train" && method === "metamd";
    const learned = fileOf(needs.learned, "learned", "optimiser.safetensors", isMetaMD);
    if (learned === undefined) return `nothing is learned in ${folderOf(needs.learned)}`;
    flags.push("--set", `learnedFiles.metamd=${learned}`);
  }
  return flags;
}

/** The first file of a name that a run of a config has, where a cell of its plan is wanted. */
function fileOf(config, kind, name, isWanted) {
  const plan = join(folderOf(config), "plan.json");
  if (!existsSync(plan)) return undefined;
  const { cells } = JSON.parse(readFileSync(plan, "utf8"));
  return cells.flatMap((cell) => (isWanted(cell) ? join(folderOf(config), kind, cell.id, name) : [])).find(existsSync);
}

/** Runs the program. @returns its exit code and, where asked for, what it says on stdout. */
function metamd(args, { quietly = false } = {}) {
  const stdio = quietly ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"];
  const program = join(root, "dist", "bin", "metamd.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    stdio,
    encoding: "utf8",
    maxBuffer: 1 << 30,
  });
  return { status: status ?? 1, stdout, stderr };
}

const stepsOf = ({ steps }) => steps.filter(({ unless = [] }) => !unless.includes(given.preset));

/** How long the runs of an experiment would take, in words. Studies on problems of their own have no plan. */
function timeOf(experiment) {
  let seconds = 0;
  for (const step of stepsOf(experiment).filter(({ command }) => command === "run")) {
    const files = needed(step);
    if (typeof files === "string") return "after the experiments before it";
    const { status, stdout, stderr } = metamd(
      argumentsOf({ ...step, command: "plan" }, "--skip-missing", "--json", ...files),
      { quietly: true },
    );
    if (status !== 0) return JSON.parse(stderr.trim().split("\n").at(-1)).error.message.replaceAll("\n", ";");
    seconds += JSON.parse(stdout).estimate.seconds;
  }
  return seconds === 0
    ? "minutes"
    : seconds < 5400
      ? `${(seconds / 60).toFixed(1)} min`
      : `${(seconds / 3600).toFixed(1)} h`;
}

/** Makes an experiment. @returns what became of it. */
function make(name, experiment) {
  for (const step of stepsOf(experiment)) {
    const files = needed(step);
    if (typeof files === "string") return { state: "not run", why: files };
    const args = argumentsOf(step, ...files);
    console.log(`\n$ metamd ${args.join(" ")}`);
    const { status } = metamd(args);
    if (status === INTERRUPTED) process.exit(status);
    if (status === NO_DATA) return { state: "not run", why: "data are missing, as said above" };
    if (status !== 0) return { state: "failed", why: `exit code ${status} of: metamd ${args.join(" ")}` };
  }
  return { state: "done" };
}
const INTERRUPTED = 130;
const NO_DATA = 3;

const chosen = given.only.map((name) => [name, EXPERIMENTS[name]]);
console.log(`preset ${given.preset}, estimated by the plans:`);
for (const [name, experiment] of chosen) console.log(`  ${name}, ${experiment.title}: ${timeOf(experiment)}`);
if (given.plan) process.exit();

const outcomes = chosen.map(([name, experiment]) => {
  const begun = Date.now();
  const outcome = make(name, experiment);
  return { name, ...experiment, ...outcome, minutes: (Date.now() - begun) / 60_000 };
});
const summary = ["table all", "figure all", "claims", "report"].map((command) => {
  console.log(`\n$ metamd ${command} --results ${given.results}`);
  return metamd([...command.split(" "), "--results", given.results]).status;
});
console.log();
for (const { name, title, state, why, minutes } of outcomes)
  console.log(`${name}, ${title}: ${state}${why === undefined ? `, ${minutes.toFixed(1)} min` : ` (${why})`}`);
if (outcomes.some(({ state }) => state === "failed") || summary.some((status) => status !== 0)) process.exitCode = 1;
