// What `metamd plan` says that experiments take, and what they take then: each is planned and run in an empty results folder,
// so that no record helps. Wants a machine that does nothing else. Written after every experiment: called again after an
// interruption it goes on.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { format } from "prettier";
import { parse } from "yaml";
import { median } from "../../dist/src/core/averages.js";
import { milliseconds, timestamp } from "../../dist/src/core/clock.js";
import { duration } from "../../dist/src/core/wording.js";
import { packageRoot } from "../../dist/src/core/files.js";
import { instructionSet } from "../../dist/src/core/processor.js";
import { machine } from "../../dist/src/records/machine.js";
import { commandLine, outputFolder } from "../command-line.js";

/** Settings that a preset needs where only sets with fewer classes than its own are there. */
const FEWER_CLASSES = ["suite.classesPerTask=3"];
const SETTINGS = {
  "high-resolution/desk": FEWER_CLASSES,
  "landscape/desk": FEWER_CLASSES,
  // The width of the network that its optimiser is learned on.
  "fine-tuning/smoke": ["model.width=16"],
};
const heldOut = (...domains) => `suite.protocol={metaTest: [${domains.join()}]}`;
const shared = (...domains) =>
  `suite.protocol={metaTrain: [${domains.join()}], metaTest: [${domains.join()}], sharedOnPurpose: true}`;
const WEIGHT_DECAY = "tuning.space.weightDecay=[0.0001]";
const TENTH = [
  "metaTraining.l2o.episodes=53",
  "metaTraining.meta_curvature.gradientEvaluations=6250",
  "metaTraining.metamd.outerSteps=3",
];
/** Steps of seconds: a few of them. */
const FEW_STEPS = ["training.steps=6", "training.aucWindowSteps=1", "tuning.steps=3", "tuning.seeds=1", "trials=1"];
const FEW_GRADIENTS = ["metaTraining.metamd.outerSteps=2", "metaTraining.metamd.innerSteps=3"];
const ONE_RATE = ["adam", "metamd"].map((method) => `tuning.space.methods.${method}.learningRate=[0.01]`);
const FEW_ON_PHOTOS = ["tuning.space.learningRate=[0.01]", WEIGHT_DECAY, ...FEW_STEPS];
const LEARNED_PHOTOS = [heldOut("dtd"), ...FEWER_CLASSES, ...FEW_ON_PHOTOS, ...FEW_GRADIENTS];
/** Parts of what takes ten minutes or more whole. */
const PARTS = {
  "ablation/paper: a twelfth of the outer steps": ["metaTraining.metamd.outerSteps=2"],
  "cifar10/paper: five methods, a rate each, six steps": [
    "methods=[sgd_momentum,adam,power_sign,meta_sgd,metamd]",
    "tuning.strategy=grid",
    "tuning.space.learningRate=[0.1]",
    ...ONE_RATE,
    "tuning.space.methods.power_sign.learningRate=[0.001]",
    "tuning.space.methods.meta_sgd.learningRate=[1]",
    WEIGHT_DECAY,
    ...FEW_STEPS,
    ...FEW_GRADIENTS,
    "metaTraining.meta_sgd.gradientEvaluations=20",
    "metaTraining.meta_sgd.warmupSteps=2",
  ],
  "cifar10/half: two methods, a search of three, six steps": [
    "methods=[sgd_momentum,adam]",
    "tuning.bayes={initial: 2, iterations: 1}",
    ...FEW_STEPS,
  ],
  "cifar10/literal: MetaMD, a rate, six steps": [
    "methods=[metamd]",
    "tuning.strategy=grid",
    "tuning.space.methods.metamd.learningRate=[0.01]",
    WEIGHT_DECAY,
    ...FEW_STEPS,
    ...FEW_GRADIENTS,
  ],
  "diverse-digits/paper: a hold-out, a weight decay, a tenth of the gradients": [
    heldOut("usps"),
    WEIGHT_DECAY,
    ...TENTH,
  ],
  "diverse-digits/extended: a hold-out, a weight decay, two methods": [
    heldOut("usps"),
    WEIGHT_DECAY,
    "methods=[adam,rmsprop]",
  ],
  "diverse-digits/short: a hold-out, a tenth of the gradients": [heldOut("usps"), ...TENTH],
  "diverse-digits/literal: a hold-out, a weight decay, MetaMD, a tenth of the gradients": [
    heldOut("usps"),
    WEIGHT_DECAY,
    "methods=[metamd]",
    "metaTraining.metamd.outerSteps=3",
  ],
  "fine-tuning/paper: a rate, six steps": FEW_ON_PHOTOS,
  "fine-tuning/half: a rate, six steps": FEW_ON_PHOTOS,
  "high-resolution/paper: a hold-out, three classes, three methods, a rate each, six steps": [
    ...LEARNED_PHOTOS,
    "methods=[sgd_momentum,adam,metamd]",
  ],
  "high-resolution/extended: a hold-out, three classes, MetaMD, two rates, six steps": [
    ...LEARNED_PHOTOS,
    "methods=[metamd]",
    "tuning.space.methods.metamd.learningRate=[10,1]",
  ],
  "high-resolution/half: a hold-out, three classes, three methods, a rate each, six steps": [
    ...LEARNED_PHOTOS,
    "methods=[sgd_momentum,adam,metamd]",
  ],
  "high-resolution/literal: a hold-out, three classes, MetaMD, a rate, six steps": [
    ...LEARNED_PHOTOS,
    "methods=[metamd]",
  ],
  "landscape/paper: a hold-out, three classes, a rate, six steps": LEARNED_PHOTOS,
  "landscape/equal-decay: a hold-out, three classes, a rate, six steps": LEARNED_PHOTOS,
  "landscape/half: a hold-out, three classes, a rate, six steps": LEARNED_PHOTOS,
  "landscape/literal: a hold-out, three classes, MetaMD, a rate, six steps": [...LEARNED_PHOTOS, "methods=[metamd]"],
  "landscape-digits/paper: a hold-out": [heldOut("rotated-mnist/45")],
  "landscape-digits/lenet: a hold-out, a tenth of the outer steps": [
    heldOut("usps"),
    "metaTraining.metamd.outerSteps=3",
  ],
  "metamd-variants/paper: a hold-out": [heldOut("rotated-mnist/45")],
  "pretraining/paper: a rate, six steps": ["tuning.space.learningRate=[0.01]", ...FEW_STEPS],
  "rotated-mnist/paper: a hold-out, no L2O, a weight decay, a tenth of Meta-Curvature's gradients": [
    heldOut("rotated-mnist/45"),
    "methods=[sgd,sgd_momentum,adam,rmsprop,meta_curvature,metamd]",
    WEIGHT_DECAY,
    "metaTraining.meta_curvature.gradientEvaluations=6250",
  ],
  "rotated-mnist/extended: a hold-out, a weight decay, two methods": [
    heldOut("rotated-mnist/45"),
    WEIGHT_DECAY,
    "methods=[adam,rmsprop]",
  ],
  "rotated-mnist/literal: a hold-out, a weight decay, MetaMD": [
    heldOut("rotated-mnist/45"),
    WEIGHT_DECAY,
    "methods=[metamd]",
  ],
  "weight-decay/paper: two datasets, a fifth of the outer steps": [
    shared("kmnist", "usps"),
    "metaTraining.metamd.outerSteps=5",
  ],
  "weight-decay/literal: two datasets, MetaMD, a twelfth of the outer steps": [
    shared("kmnist", "usps"),
    "methods=[metamd]",
    "metaTraining.metamd.outerSteps=2",
  ],
  "weight-decay/highres: a dataset, three classes, two methods, a rate each, two weight decays, six steps": [
    shared("pets"),
    ...FEWER_CLASSES,
    "methods=[sgd,metamd]",
    "tuning.space.learningRate=[0.01]",
    "tuning.space.methods.metamd.learningRate=[0.01]",
    "trialWeightDecays=[0,0.001]",
    ...FEW_STEPS,
    ...FEW_GRADIENTS,
  ],
};

/** The files that fine-tuning begins with, and what makes them with the same preset, or another one. */
const MADE = {
  "model.pretrained": {
    config: "pretraining",
    presets: { half: "paper", short: "desk" },
    command: ["run"],
    kind: "runs",
    file: "weights.safetensors",
  },
  "learnedFiles.metamd": {
    config: "high-resolution",
    presets: { half: "paper" },
    command: ["meta-train", "--method", "metamd"],
    kind: "learned",
    file: "optimiser.safetensors",
  },
};
/** What they are made with, where it would take hours whole. */
const MADE_BY_PART = {
  "pretraining/paper": PARTS["pretraining/paper: a rate, six steps"],
  "high-resolution/paper": LEARNED_PHOTOS,
};

/** Every shipped config at the paper's size and with each preset, and the parts. */
const CASES = readdirSync(join(packageRoot(), "configs"))
  .filter((name) => name.endsWith(".yaml"))
  .flatMap((name) => {
    const { study, presets = {} } = parse(readFileSync(join(packageRoot(), "configs", name), "utf8"));
    const config = name.slice(0, -".yaml".length);
    const own = ["paper", ...Object.keys(presets)].map((preset) => ({ config, preset, study }));
    return own.map((one) => ({ ...one, name: `${config}/${one.preset}` }));
  })
  .map((one) => ({ ...one, set: SETTINGS[one.name] ?? [] }))
  .concat(
    Object.entries(PARTS).map(([name, set]) => {
      const [config, preset] = wholeOf({ name }).split("/");
      return { name, config, preset, set };
    }),
  );

/** The preset that an experiment is, or is a part of. */
function wholeOf({ name }) {
  return name.split(":")[0];
}

const { flags } = commandLine({
  about: "What metamd plan says that experiments take, and what they take. Writes estimates.json and estimates.md.",
  options: {
    data: { value: "DIR", default: "datasets", about: "where datasets are; those that are not are left out" },
    only: {
      value: "NAME,NAME",
      kind: "list",
      accepted: [...new Set(CASES.map(wholeOf))],
      about: "experiments, like rotated-mnist/desk, and their parts (default: all)",
    },
    longest: { value: "MINUTES", kind: "count", default: 10, about: "runs nothing that is planned to take longer" },
    again: { about: "measures again what was measured on this machine with this commit" },
    output: { value: "FOLDER", default: "docs/measurements", about: "where these are written" },
  },
});

/** Results that experiments begin with: made once, since finished runs are not run again. */
const beforehand = mkdtempSync(join(tmpdir(), "metamd-estimates-"));
process.on("exit", () => rmSync(beforehand, { recursive: true, force: true }));
const output = outputFolder(flags.output);
const json = join(output, "estimates.json");
const { hardware, git } = machine();
const instructions = instructionSet();
const reports = existsSync(json) ? JSON.parse(readFileSync(json, "utf8")) : [];
/** Of this kind of machine. Memory differs by a few bytes from one to the next. */
let report = reports.find(
  (one) => one.cpu === hardware.cpu && one.cores === hardware.cores && one.instructions === instructions,
);
if (report === undefined) {
  report = { cpu: hardware.cpu, cores: hardware.cores, instructions, rows: [], left: [] };
  reports.push(report);
}
for (const one of CASES.filter((one) => flags.only?.includes(wholeOf(one)) ?? true)) {
  const known = [...report.rows, ...report.left].find(({ experiment }) => experiment === one.name);
  if (!flags.again && known !== undefined && known.commit === git?.commit) continue;
  const found = { experiment: one.name, madeAt: timestamp(), commit: git?.commit, ...measured(one) };
  const others = (rows) => rows.filter(({ experiment }) => experiment !== one.name);
  report.rows = [...others(report.rows), ...("took" in found ? [found] : [])].sort(inOrder);
  // What was measured once stays, although it cannot be measured now.
  const isKnown = report.rows.some(({ experiment }) => experiment === one.name);
  report.left = [...others(report.left), ...("why" in found && !isKnown ? [found] : [])].sort(inOrder);
  writeFileSync(json, `${JSON.stringify(reports, null, 2)}\n`);
  await page();
}
await page();

function inOrder(a, b) {
  const place = ({ experiment }) => CASES.findIndex(({ name }) => name === experiment);
  return place(a) - place(b);
}

/** Seconds that the plan says and that the run takes, or why it is not run. */
function measured({ name, config, preset, set, study }) {
  if (study !== undefined) return { why: `a config of metamd analyse ${study}, which has no plan` };
  const results = mkdtempSync(join(tmpdir(), "metamd-estimates-"));
  try {
    const files = config === "fine-tuning" ? made(preset, set) : [];
    const call = (command) => metamd([command], config, preset, [...set, ...files], results);
    console.error(`${name}: planning`);
    const planned = call("plan");
    if (planned.status !== 0) return { why: reason(planned) };
    const { seconds } = JSON.parse(planned.stdout).estimate;
    if (seconds > 60 * flags.longest) return { why: `planned to take ${duration(seconds)}` };
    const begun = milliseconds();
    const ran = call("run");
    const took = (milliseconds() - begun) / 1000;
    if (ran.status !== 0) return { why: reason(ran) };
    console.error(`${name}: planned ${seconds.toFixed(0)} s, took ${took.toFixed(0)} s`);
    return { planned: seconds, took };
  } finally {
    rmSync(results, { recursive: true, force: true });
  }
}

/** Makes the files that fine-tuning begins with. @returns their settings; of those that cannot be made, none. */
function made(preset, set) {
  return Object.entries(MADE).flatMap(([key, { config, presets, command, kind, file }]) => {
    const its = presets[preset] ?? preset;
    const one = `${config}/${its}`;
    console.error(`${one}: for ${key}`);
    const ran = metamd(command, config, its, MADE_BY_PART[one] ?? [...(SETTINGS[one] ?? []), ...set], beforehand);
    if (ran.status !== 0) console.error(`${one}: ${reason(ran)}`);
    const folder = join(beforehand, its === "paper" ? config : `${config}-${its}`, kind);
    const ids = existsSync(folder) ? readdirSync(folder) : [];
    const found = ids.map((id) => join(folder, id, file)).find(existsSync);
    return found === undefined ? [] : [`${key}=${found}`];
  });
}

/** Calls the program. @param preset "paper": none. @param set settings. @param results folder. */
function metamd([command, ...more], config, preset, set, results) {
  const experiment = ["--config", `configs/${config}.yaml`, ...(preset === "paper" ? [] : ["--preset", preset])];
  const where = ["--data", resolve(flags.data), "--results", results];
  const settings = set.flatMap((one) => ["--set", one]);
  const how = ["--skip-missing", "--quiet", "--json"];
  return spawnSync(
    process.execPath,
    ["dist/bin/metamd.js", command, ...experiment, ...where, ...settings, ...how, ...more],
    { encoding: "utf8", maxBuffer: 2 ** 30, cwd: packageRoot() },
  );
}

/** What a call that failed says first. */
function reason({ stderr, signal, status }) {
  const said = stderr.trim().split("\n").at(-1);
  try {
    return JSON.parse(said).error.message.split("\n")[0];
  } catch {
    return said === "" ? `ended with ${signal ?? `code ${status}`}` : said.replace(/^metamd: /, "");
  }
}

async function page() {
  const text = await format(markdown(reports), { parser: "markdown", printWidth: 120 });
  writeFileSync(join(output, "estimates.md"), text);
}

function markdown(reports) {
  const tried = new Set(reports.flatMap(({ rows, left }) => [...rows, ...left]).map(({ experiment }) => experiment));
  const untried = CASES.filter(({ name }) => !tried.has(name));
  return `# What plan says, and what a run takes

Made by \`node scripts/bench/estimates.js\`, nothing else running. Each in an empty results folder, as many runs at a time as
there are processors. A plan takes every run for whole: runs that diverge, and searches that end early, make an experiment
shorter than it says.

${reports.map(section).join("\n")}${untried.length === 0 ? "" : `\n## Not tried on any machine\n\n${untried.map(({ name }) => `- ${name}`).join("\n")}\n`}`;
}

/** What was measured on one machine. */
function section({ cpu, cores, instructions, rows, left }) {
  const line = ({ experiment, planned, took, madeAt }) => {
    const settings = SETTINGS[experiment]?.map((one) => `, ${one}`).join("") ?? "";
    const cells = [planned.toFixed(0), took.toFixed(0), (took / planned).toFixed(2), madeAt.slice(0, 10)];
    return `| ${experiment}${settings} | ${cells.join(" | ")} |`;
  };
  const ratios = rows.map(({ planned, took }) => took / planned);
  const summary =
    ratios.length === 0
      ? ""
      : `Median ratio ${median(ratios).toFixed(2)}, from ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}.`;
  return `## ${cpu}, ${cores} processors, ${instructions}

${summary}

| experiment | planned, s | took, s | ratio | on |
| --- | ---: | ---: | ---: | --- |
${rows.map(line).join("\n")}
${left.length === 0 ? "" : notMeasured(left)}`;
}

function notMeasured(left) {
  return `
| not measured | why |
| --- | --- |
${left.map(({ experiment, why }) => `| ${experiment} | ${why.replaceAll("|", "\\|")} |`).join("\n")}
`;
}
