// Makes docs/RESULTS.md of the reference results: what holds, what does not, and what cannot be told.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { format } from "prettier";
import { readRecords } from "../../dist/src/records/index.js";
import { answers } from "./answers.js";
import { METRICS, said, trialsOf } from "./compare.js";
import { SECTIONS, WHY_NOT_RUN } from "./sections.js";
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

const results = mkdtempSync(join(tmpdir(), "metamd-reference-"));
try {
  unpack(results);
  const made = await format(pageText(), { parser: "markdown", printWidth: 120 });
  if (!flags.check) {
    writeFileSync(page, made);
    const figures = presentSections().flatMap(({ figure }) => figure ?? []);
    for (const figure of figures) metamd("figure", figure, "--out", join(reference, "figures"));
    writeFileSync(join(reference, "figures", "spectra.svg"), spectraFigure(spectraOf(recordsOf(E2).runs)));
  } else if (!existsSync(page) || readFileSync(page, "utf8") !== made) {
    console.error("docs/RESULTS.md is not that of the records: node scripts/reproduce/results-page.js");
    process.exitCode = 1;
  }
} finally {
  rmSync(results, { recursive: true });
}

/** Plan and runs of an experiment; undefined where it is not kept. */
function recordsOf(experiment) {
  const folder = join(results, experiment);
  return existsSync(join(folder, "plan.json")) ? readRecords(folder) : undefined;
}

/** What a command says on stdout of the reference results. */
function metamd(...args) {
  const program = join(root, "dist", "bin", "metamd.js");
  const options = { encoding: "utf8", maxBuffer: 1 << 30 };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "--results", results, ...args], options);
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
  const claims = parse(metamd("claims", "--format", "csv"), { columns: true });
  return [
    "# Results",
    "Made from the records in `results/reference` by `node scripts/reproduce/results-page.js`; every number here is theirs.",
    summary(claims),
    "## The answers",
    ...answers({ recordsOf, reference }),
    ...present.flatMap(({ experiment, statistics }) => (statistics === true ? leads(experiment) : [])),
    "## The paper's claims",
    verdicts(claims),
    ...present.flatMap(sectionText),
    "## What the preconditioner looks like",
    ...spectraText(),
    "## Not run",
    notRun(present),
  ].join("\n\n");
}

/** Counts of verdicts. */
function summary(claims) {
  const counts = new Map();
  for (const { verdict } of claims) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const words = [...counts].map(([verdict, count]) => `${count} ${verdict}`).join(", ");
  return `Of the paper's ${claims.length} claims: ${words}.`;
}

function verdicts(claims) {
  const [known, open] = [
    claims.filter(({ verdict }) => verdict !== "not run"),
    claims.filter(({ verdict }) => verdict === "not run"),
  ];
  const rows = known.map(
    ({ claim, statement, verdict, reason }) => `| ${claim} | ${statement} | ${verdict} | ${reason} |`,
  );
  const head = "| claim | statement | verdict | why |\n| --- | --- | --- | --- |\n";
  return `${head}${rows.join("\n")}\n\nNot run: ${open.map(({ claim }) => claim).join(", ")}.`;
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
    `Differences from Adam, means over ${holdouts} hold-outs, ${count} paired trials, 95 % intervals over trials. ` +
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

/** What is not run, and why. */
function notRun(present) {
  const have = new Set(present.map(({ id }) => id));
  const rows = Object.entries(WHY_NOT_RUN).filter(([id]) => !have.has(id));
  return `| experiment | why | command |\n| --- | --- | --- |\n${rows.map(([id, { why, command }]) => `| ${id} | ${why} | \`${command}\` |`).join("\n")}`;
}

/** What one experiment alone says of an experiment of the paper. */
function claimsOf(experiment, id) {
  const folder = mkdtempSync(join(tmpdir(), "metamd-experiment-"));
  cpSync(join(results, experiment), join(folder, experiment), { recursive: true });
  const claims = parse(metamd("claims", id, "--format", "csv", "--results", folder), { columns: true });
  rmSync(folder, { recursive: true });
  return claims.filter(({ verdict }) => verdict !== "not run");
}

/** An experiment: question, protocol, table, caveats, command, time. */
function sectionText({ experiment, title, question, protocol, tables, fold, figure, caveats, command, id }) {
  const made = tables.map((table) => metamd("table", table.replace("{}", experiment), "--format", "markdown").trim());
  const own = id === undefined ? [] : claimsOf(experiment, id);
  const verdict = own.map(({ claim, verdict: word }) => `${claim} ${word}`).join(", ");
  return [
    `## ${title}`,
    `**Question.** ${question}`,
    `**Protocol.** ${protocol}`,
    ...(figure === undefined ? [] : [`![${title}](../results/reference/figures/${figure}.svg)`]),
    ...(fold === undefined ? made : [`<details><summary>${fold}</summary>`, ...made, "</details>"]),
    ...(verdict === "" ? [] : [`**Verdict.** ${verdict}.`]),
    `**Caveats.** ${caveats}`,
    `**Command.** \`${command}\`. ${timeOf(experiment)}`,
    `Records: \`results/reference/${experiment}\`.`,
  ];
}

function timeOf(experiment) {
  if (!existsSync(join(results, experiment, "plan.json"))) return "";
  const seconds = readRecords(join(results, experiment)).runs.map(
    ({ record }) => record.timings.wallMilliseconds / 1000,
  );
  const hours = seconds.reduce((sum, one) => sum + one, 0) / 3600;
  return `${seconds.length} runs, ${hours.toFixed(1)} hours of run time in all, one thread a run.`;
}
