// Makes docs/RESULTS.md of the reference results: what holds, what does not, and what cannot be told.
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { format } from "prettier";
import { readRecords } from "../../dist/src/records/index.js";
import { costOf, duration, health, recordsIn } from "./accounts.js";
import { answers } from "./answers.js";
import { METRICS, said, trialsOf } from "./compare.js";
import { SECTIONS } from "./sections.js";
import { spectraFigure, spectraOf, spectraTable } from "./spectra.js";
import { reference, unpack } from "./unpack.js";
import { commandLine } from "../command-line.js";

const { flags } = commandLine({
  about: "Makes docs/RESULTS.md of the reference results.",
  options: { check: { about: "write nothing, and say whether it is current (exit code 1)" } },
});
const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const page = join(root, "docs", "RESULTS.md");

const E2 = "rotated-mnist-extended";

/** Claims by the experiments that were asked: each is asked once. */
const asked = new Map();
const ALL = "all";
const VERDICTS = [
  "reproduced",
  "leaning",
  "inconclusive",
  "contradicted",
  "direction only: for",
  "direction only: against",
  "not run",
];
const scopes = mkdtempSync(join(tmpdir(), "metamd-scopes-"));
const results = mkdtempSync(join(tmpdir(), "metamd-reference-"));
try {
  unpack(results);
  const made = await format(pageText(), { parser: "markdown", printWidth: 120 });
  if (!flags.check) {
    writeFileSync(page, made);
    for (const { experiment, figure } of presentSections())
      if (figure !== undefined) metamd([experiment], "figure", figure, "--out", join(reference, "figures"));
    writeFileSync(join(reference, "figures", "spectra.svg"), spectraFigure(spectraOf(recordsOf(E2).runs)));
  } else if (!existsSync(page) || readFileSync(page, "utf8") !== made) {
    console.error("docs/RESULTS.md is not that of the records: node scripts/reproduce/results-page.js");
    process.exitCode = 1;
  }
} finally {
  for (const folder of [scopes, results]) rmSync(folder, { recursive: true });
}

/** Plan and runs of an experiment; undefined where it is not kept. */
function recordsOf(experiment) {
  const folder = join(results, experiment);
  return existsSync(join(folder, "plan.json")) ? readRecords(folder) : undefined;
}

/** What a command says on stdout of some of the reference results. */
function metamd(experiments, ...args) {
  const folder = experiments === ALL ? results : folderOf(experiments);
  const program = join(root, "dist", "bin", "metamd.js");
  const options = { encoding: "utf8", maxBuffer: 1 << 30 };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "--results", folder, ...args], options);
  if (status !== 0) throw new Error(`metamd ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** The sections whose experiments are kept, with the name of the first that is. */
function presentSections() {
  return SECTIONS.flatMap((section) => {
    const experiment = section.experiments.find((name) => existsSync(join(results, name)));
    return experiment === undefined ? [] : [{ ...section, experiment }];
  });
}

function pageText() {
  const present = presentSections();
  const claims = parse(metamd(ALL, "claims", "--format", "csv"), { columns: true });
  return [
    "# Results",
    "Made from the records in `results/reference` by `node scripts/reproduce/results-page.js`; every number here is theirs.",
    summary(claims),
    ...present.flatMap(({ main, figure, title }) => (main === true ? [figureText(title, figure)] : [])),
    "## The answers",
    ...answers({ recordsOf, reference }),
    ...present.flatMap(({ experiment, statistics }) => (statistics === true ? leads(experiment) : [])),
    "## The paper's claims",
    verdicts(claims, present),
    ...present.flatMap(sectionText),
    "## What the preconditioner looks like",
    ...spectraText(),
    "## What each experiment took",
    took(),
  ].join("\n\n");
}

/** Counts of verdicts. */
function summary(claims) {
  const words = VERDICTS.map((word) => `${claims.filter(({ verdict }) => verdict === word).length} ${word}`);
  return (
    `Of the paper's ${claims.length} claims: ${words.join(", ")}. A direction alone comes of an experiment below the paper's size, ` +
    "and is no verdict."
  );
}

/** Every claim's verdict, and what other experiments that are kept say of it where that differs. */
function verdicts(claims, present) {
  const elsewhere = present.flatMap(({ experiment, ids }) =>
    claimsOf([experiment], ids).map((claim) => ({ ...claim, experiment })),
  );
  const others = ({ claim, verdict }) =>
    elsewhere
      .filter((one) => one.claim === claim && one.verdict !== verdict)
      .map((one) => ` In ${one.experiment}: ${one.verdict}.`)
      .join("");
  const rows = claims.map(
    (one) => `| ${one.claim} | ${one.statement} | ${one.verdict} | ${one.reason}${others(one)} |`,
  );
  return `| claim | statement | verdict | why |\n| --- | --- | --- | --- |\n${rows.join("\n")}`;
}

/** What separates every method from Adam. */
function leads(experiment) {
  const { runs } = recordsOf(experiment);
  const trials = runs.map(({ record }) => record).filter(({ cell }) => cell.phase === "trial");
  const methods = [...new Set(trials.map(({ cell }) => cell.method))].filter((method) => method !== "adam");
  const rows = methods.map(
    (method) =>
      `| ${method} | ${Object.keys(METRICS)
        .map((metric) => said(runs, method, "adam", metric))
        .join(" | ")} |`,
  );
  const holdouts = new Set(trials.map(({ cell }) => cell.holdout)).size;
  const count = Math.max(...trialsOf(runs, "adam").map(({ cell }) => cell.trial)) + 1;
  const columns = Object.values(METRICS).map(({ title }) => title);
  return [
    `## Against a fairly tuned Adam (${experiment})`,
    `Differences from Adam, means over ${holdouts} hold-out${holdouts === 1 ? "" : "s"}, ${count} paired trials, 95 % intervals over trials. ` +
      "A higher accuracy is better, a lower area.",
    `| method | ${columns.join(" | ")} |\n| --- | ---: | ---: |\n${rows.join("\n")}`,
  ];
}

/** The spectra of what was learned for RotatedMNIST. */
function spectraText() {
  const spectra = spectraOf(recordsOf(E2).runs);
  return [
    "![Spectra of the learned preconditioners](../results/reference/figures/spectra.svg)",
    "M = A ⊗ B with A = I + a aᵀ over a layer's inputs and B = I + b bᵀ over its outputs: its eigenvalues are 1, 1 + |a|², 1 + |b|² " +
      "and their product, and the step along them is shorter by these factors. Means over six hold-outs. Along (1, …, 1): how much " +
      "of |a|² lies in the mean over the inputs. Alike: mean cosine between the vectors of two hold-outs.",
    spectraTable(spectra),
    "What is damped is the mean of a layer's inputs: between hidden layers a is nearly constant over the units, and of fc1 it has the " +
      "shape of a blurred digit, not of single pixels. Outputs are hardly touched, but for the classes. So M does with a learned matrix much of " +
      "what centring the inputs of every layer would do.",
  ];
}

/** A results folder of some experiments alone, which reads faster than that of all. */
function folderOf(experiments) {
  const folder = join(scopes, experiments.join("+"));
  if (existsSync(folder)) return folder;
  mkdirSync(folder);
  for (const name of experiments) symlinkSync(join(results, name), join(folder, name));
  return folder;
}

/** What some experiments alone say of experiments of the paper. */
function claimsOf(experiments, ids = []) {
  const key = [...experiments, ...ids].join();
  if (!asked.has(key))
    asked.set(
      key,
      ids.flatMap((id) => parse(metamd(experiments, "claims", id, "--format", "csv"), { columns: true })),
    );
  return asked.get(key).filter(({ verdict }) => verdict !== "not run");
}

function figureText(title, figure) {
  return `![${title}](../results/reference/figures/${figure}.svg)`;
}

/** An experiment: question, protocol, table, verdict, what became of its trials, caveats, command. */
function sectionText({ experiment, beside = [], title, question, protocol, tables, fold, figure, main, ...rest }) {
  const { caveats, command, ids } = rest;
  const made = tables.map((table) =>
    metamd([experiment, ...beside], "table", table.replace("{}", experiment), "--format", "markdown").trim(),
  );
  const verdict = claimsOf([experiment, ...beside], ids).map(({ claim, verdict: word }) => `${claim} ${word}`);
  const records = recordsIn(join(results, experiment));
  const { runs, busy } = costOf(records);
  const folders = [experiment, ...beside].map((name) => `\`results/reference/${name}\``);
  return [
    `## ${title}`,
    `**Question.** ${question}`,
    `**Protocol.** ${protocol}`,
    ...(figure === undefined || main === true ? [] : [figureText(title, figure)]),
    ...(fold === undefined ? made : [`<details><summary>${fold}</summary>`, ...made, "</details>"]),
    ...(verdict.length === 0 ? [] : [`**Verdict.** ${verdict.join(", ")}.`]),
    ...(runs === 0 ? [] : [`**Trials.** ${health(records)}`]),
    `**Caveats.** ${caveats}`,
    `**Command.** \`${command}\`, ${duration(busy)}. Records: ${folders.join(", ")}.`,
  ];
}

/** What every experiment that is kept took, by its records. */
function took() {
  const rows = readdirSync(results).map((experiment) => {
    const { runs, steps, added, busy, threads } = costOf(recordsIn(join(results, experiment)));
    return `| ${[experiment, runs, steps, threads, duration(added), duration(busy)].join(" | ")} |`;
  });
  return [
    "Sums over the committed records. Time: of the clock while at least one run or analysis was being made; pauses between two " +
      "commands are left out. All on two shared cores with other programs beside, so times are what they were, not what they need be.",
    `| experiment | runs | training steps | threads a run | times of all runs, added | time |\n| --- | ---: | ---: | --- | ---: | ---: |\n${rows.join("\n")}`,
  ].join("\n\n");
}
