// What `metamd plan` says that experiments take, and what they take then: each is planned and run in an empty results folder,
// so that no record helps. Wants a machine that does nothing else.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { format } from "prettier";
import { median } from "../../dist/src/core/averages.js";
import { milliseconds, timestamp } from "../../dist/src/core/clock.js";
import { machine } from "../../dist/src/records/machine.js";
import { commandLine } from "../command-line.js";

/** One hold-out of a leave-one-out suite. */
const holdout = (domain) => `suite.protocol={metaTest: [${domain}]}`;
/** Shipped experiments at the size of a preset, and parts of those that take hours whole. */
const CASES = {
  quickstart: { config: "quickstart" },
  "E2, smoke": { config: "rotated-mnist", preset: "smoke" },
  "E2, desk": { config: "rotated-mnist", preset: "desk" },
  "E3, desk": { config: "diverse-digits", preset: "desk" },
  "E4, desk": { config: "cifar10", preset: "desk" },
  "E5, desk": { config: "high-resolution", preset: "desk", set: ["suite.classesPerTask=3"] },
  "E6, desk": { config: "landscape", preset: "desk", set: ["suite.classesPerTask=3"] },
  "E9, desk": { config: "weight-decay", preset: "desk" },
  "E2, paper: a hold-out, no L2O, a weight decay, a tenth of Meta-Curvature's gradients": {
    config: "rotated-mnist",
    set: [
      holdout("rotated-mnist/45"),
      "methods=[sgd,sgd_momentum,adam,rmsprop,meta_curvature,metamd]",
      "tuning.space.weightDecay=[0.0001]",
      "metaTraining.meta_curvature.gradientEvaluations=6250",
    ],
  },
};

const NUMBERS = Object.keys(CASES).map((_case, i) => String(i + 1));

const { flags } = commandLine({
  about: "What metamd plan says that experiments take, and what they take. Writes estimates.json and estimates.md.",
  options: {
    data: { value: "DIR", default: "datasets", about: "where datasets are; those that are not are left out" },
    only: { value: "N,N", kind: "list", accepted: NUMBERS, about: "numbers of experiments, from 1 (default: all)" },
    output: { value: "FOLDER", default: "docs/measurements", about: "where these are written" },
  },
});

const rows = Object.entries(CASES)
  .filter((_case, i) => flags.only?.includes(String(i + 1)) ?? true)
  .map(([experiment, one]) => ({ experiment, ...timed(one) }));
const report = { madeAt: timestamp(), ...machine(), rows };
const output = resolve(flags.output);
writeFileSync(join(output, "estimates.json"), `${JSON.stringify(report, null, 2)}\n`);
writeFileSync(join(output, "estimates.md"), await format(markdown(report), { parser: "markdown", printWidth: 120 }));

/** Seconds that the plan says and that the run takes. */
function timed({ config, preset, set = [] }) {
  const results = mkdtempSync(join(tmpdir(), "metamd-estimates-"));
  const flagsOf = ["--config", `configs/${config}.yaml`, ...(preset === undefined ? [] : ["--preset", preset])];
  const more = ["--data", flags.data, "--results", results, ...set.flatMap((one) => ["--set", one])];
  const metamd = (command, ...args) => {
    const all = ["dist/bin/metamd.js", command, ...flagsOf, ...more, "--skip-missing", ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: "utf8", maxBuffer: 2 ** 30 });
    if (status !== 0) throw new Error(`metamd ${command} ${config}: ${stderr}`);
    return stdout;
  };
  const { seconds } = JSON.parse(metamd("plan", "--json")).estimate;
  const begun = milliseconds();
  metamd("run", "--quiet");
  const took = (milliseconds() - begun) / 1000;
  rmSync(results, { recursive: true });
  console.error(`${config} ${preset ?? "paper"}: planned ${seconds.toFixed(0)} s, took ${took.toFixed(0)} s`);
  return { planned: seconds, took };
}

function markdown({ madeAt, hardware, rows: made }) {
  const line = ({ experiment, planned, took }) =>
    `| ${experiment} | ${planned.toFixed(0)} | ${took.toFixed(0)} | ${(took / planned).toFixed(2)} |`;
  const ratios = made.map(({ planned, took }) => took / planned);
  return `# What plan says, and what a run takes

Made by \`node scripts/bench/estimates.js\` on ${madeAt.slice(0, 10)}; ${hardware.cpu}, ${hardware.cores} processors, nothing else
running. Each in an empty results folder, two runs at a time. Median ratio ${median(ratios).toFixed(2)}, from
${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}.

| experiment | planned, s | took, s | ratio |
| --- | ---: | ---: | ---: |
${made.map(line).join("\n")}
`;
}
