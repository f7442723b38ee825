// Makes docs/RESULTS.md of the reference results: what holds, what does not, and what cannot be told.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import {
  FORMATS,
  findTable,
  isTable,
  judgeClaims,
  makeTable,
  measureTrials,
  readEvidence,
  resultTable,
  writeFigures,
} from "../../dist/src/reporting/index.js";
import { METRICS as MEASURED } from "../../dist/src/reporting/measured/trials.js";
import { showsOf } from "../../dist/src/studies/index.js";
import { costOf, duration, health, ratioOfTimes } from "./accounts.js";
import { answers } from "./answers.js";
import { METRICS, said, trialsOf } from "./compare.js";
import { inShort } from "./in-short.js";
import { SECTIONS } from "./sections.js";
import { meanInputsIn, meanInputsTable, spectraFigure, spectraOf, spectraTable } from "./spectra.js";
import { reference, unpack } from "./unpack.js";
import { commandLine } from "../command-line.js";

const { flags } = commandLine({
  about: "Makes docs/RESULTS.md of the reference results.",
  options: { check: { about: "write nothing, and say whether it is current (exit code 1)" } },
});
const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const page = join(root, "docs", "RESULTS.md");

const E2 = "rotated-mnist-extended";

const VERDICTS = [
  "reproduced",
  "leaning",
  "inconclusive",
  "contradicted",
  "direction only: for",
  "direction only: against",
  "not run",
];
const results = mkdtempSync(join(tmpdir(), "metamd-reference-"));
const studies = await showsOf();
let evidence;
try {
  unpack(results);
  evidence = readEvidence(results, studies);
  const made = await format(pageText(), { parser: "markdown", printWidth: 120 });
  if (!flags.check) {
    writeFileSync(page, made);
    for (const { experiment, figure } of presentSections()) if (figure !== undefined) await draw(experiment, figure);
    writeFileSync(join(reference, "figures", "spectra.svg"), spectraFigure(spectraOf(recordsOf(E2).runs)));
  } else if (!existsSync(page) || readFileSync(page, "utf8") !== made) {
    console.error("docs/RESULTS.md is not that of the records: node scripts/reproduce/results-page.js");
    process.exitCode = 1;
  }
} finally {
  rmSync(results, { recursive: true });
}

/** What some experiments alone have. */
function only(names) {
  return {
    ...evidence,
    experiments: evidence.experiments.filter(({ plan }) => names.includes(plan.experiment)),
    analyses: evidence.analyses.filter(({ record }) => names.includes(record.experiment)),
  };
}

/** Plan and runs of an experiment; undefined where it is not kept. */
function recordsOf(experiment) {
  const held = evidence.experiments.find(({ plan }) => plan.experiment === experiment);
  if (held === undefined) return undefined;
  const { plan, store, records } = held;
  return { plan, runs: [...records].map(([id, record]) => ({ record, learnedFile: store.learnedFile(id) })) };
}

/** Records of an experiment's runs and analyses. */
function recordsIn(experiment) {
  const { experiments, analyses } = only([experiment]);
  return [...experiments.flatMap(({ records }) => [...records.values()]), ...analyses.map(({ record }) => record)];
}

async function draw(experiment, figure) {
  const options = { format: "svg", out: join(reference, "figures") };
  const [{ made }] = await writeFigures(only([experiment]), [figure], options);
  if ("missing" in made) throw new Error(`${figure}: ${made.missing}`);
}

/** A table of some experiments as Markdown: one of the program's by its name, or both of an experiment's own. */
function tableText(id, names) {
  if (!isTable(id, studies)) {
    const [experiment] = only([id]).experiments;
    const tables = Object.values(MEASURED).map((metric) => resultTable(measureTrials(experiment, metric)));
    return tables
      .map((one) => FORMATS.markdown([one]))
      .join("\n")
      .trim();
  }
  const { table, panel } = findTable(id, studies);
  return FORMATS.markdown(makeTable(only(names), table, panel).panels).trim();
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
  const claims = judged(evidence);
  return [
    "# Results",
    "Made from the records in `results/reference` by `node scripts/reproduce/results-page.js`; every number here is theirs.",
    summary(claims),
    ...present.flatMap(({ main, figure, title }) => (main === true ? [figureText(title, figure)] : [])),
    "## The answers",
    ...inShort(claims, recordsOf),
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
    claimsOf([experiment], ids).map((one) => ({ ...one, experiment })),
  );
  const others = ({ claim, verdict }) =>
    elsewhere
      .filter((one) => one.claim.id === claim.id && one.verdict !== verdict)
      .map((one) => ` In ${one.experiment}: ${one.verdict}.`)
      .join("");
  const rows = claims.map(
    (one) =>
      `| ${one.claim.id} | ${one.claim.statement} | ${one.verdict} | ${one.reason}${others(one)}${sureness(one.claim)} |`,
  );
  return `| claim | statement | verdict | why |\n| --- | --- | --- | --- |\n${rows.join("\n")}`;
}

/** Of a claim about step times: how sure their ratio is. */
function sureness({ experiment, predicate }) {
  if (predicate.metric !== "time_per_iteration") return "";
  const ofTimes = ({ record: { kind, config } }) => kind === "step-times" && config.experiment === experiment;
  const record = evidence.analyses.find(ofTimes)?.record;
  const [limit, pairs] =
    predicate.kind === "ratio"
      ? [predicate.at_least ?? predicate.at_most, [[predicate.a, predicate.b]]]
      : [1, predicate.a.flatMap((a) => predicate.b.map((b) => [a, b]))];
  const ratios = record === undefined ? [] : pairs.flatMap(([a, b]) => ratioOfTimes(record, a, b) ?? []);
  return ratios
    .map(({ ratio, interval: [low, high], blocks }) => {
      const range = `${low.toFixed(2)} to ${high.toFixed(2)} by the spread of ${blocks} rounds`;
      const sides = low <= limit && limit <= high ? `, on both sides of ${limit}: it cannot be told` : "";
      return ` Times' ratio ${Number(ratio.toPrecision(4))} (${range})${sides}.`;
    })
    .join("");
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
    "Is what is damped the mean of a layer's inputs? Cosines between a and that mean, over 1,280 images of each rotation it was learned " +
      "on, in the network of a trial: means over six hold-outs, with the smallest and the largest.",
    meanInputsTable(spectra, meanInputsIn(reference)),
    "Learned over a short horizon, a of fc1 is the mean image but for a little; between hidden layers a is nearly constant over the " +
      "units, and as near to the mean input as (1, …, 1). Outputs are hardly touched, but for the classes. So there M does with a learned matrix " +
      "much of what centring the inputs of every layer would do; learned over the paper's horizon it does so in part. By " +
      "`node scripts/reproduce/mean-inputs.js`, kept as `results/reference/mean-inputs/mean-inputs.csv`.",
  ];
}

/** Verdicts on claims. @param ids of the paper's experiments. */
function judged(held, ids = [undefined]) {
  return ids.flatMap((id) => judgeClaims(held, id));
}

/** What some experiments alone say of experiments of the paper. */
function claimsOf(names, ids = []) {
  return judged(only(names), ids).filter(({ verdict }) => verdict !== "not run");
}

function figureText(title, figure) {
  return `![${title}](../results/reference/figures/${figure}.svg)`;
}

/** An experiment: question, protocol, table, verdict, what became of its trials, caveats, command. */
function sectionText({ experiment, beside = [], title, question, protocol, tables, fold, figure, main, ...rest }) {
  const { caveats, command, ids } = rest;
  const made = tables.map((table) => tableText(table.replace("{}", experiment), [experiment, ...beside]));
  const verdict = claimsOf([experiment, ...beside], ids).map(({ claim, verdict: word }) => `${claim.id} ${word}`);
  const records = recordsIn(experiment);
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
    const { runs, steps, added, busy, threads } = costOf(recordsIn(experiment));
    return `| ${[experiment, runs, steps, threads, duration(added), duration(busy)].join(" | ")} |`;
  });
  return [
    "Sums over the committed records. Time: of the clock while at least one run or analysis was being made; pauses between two " +
      "commands are left out. All on two shared cores with other programs beside, so times are what they were, not what they need be.",
    `| experiment | runs | training steps | threads a run | times of all runs, added | time |\n| --- | ---: | ---: | --- | ---: | ---: |\n${rows.join("\n")}`,
  ].join("\n\n");
}
