// Makes docs/RESULTS.md of the reference results: what holds, what does not, and what cannot be told.
// Usage: npm run build, then node scripts/reproduce/results-page.js [--check]; --check: says whether it is current.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { format } from "prettier";
import { extract } from "tar";
import { readRecords } from "../../dist/src/records/index.js";
import { tInterval } from "../../dist/src/reporting/statistics/intervals.js";
import { SECTIONS } from "./sections.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const reference = join(root, "results", "reference");
const page = join(root, "docs", "RESULTS.md");

const signed = (value) => `${value < 0 ? "" : "+"}${value.toFixed(2)}`;
const METRICS = {
  testAccuracy: { title: "test accuracy, points", scale: 100, better: (difference) => difference > 0 },
  auc: { title: "area under the training loss", scale: 1, better: (difference) => difference < 0 },
};

const results = mkdtempSync(join(tmpdir(), "metamd-reference-"));
try {
  for (const path of readdirSync(reference, { recursive: true }))
    if (path.endsWith(".tar.gz")) extract({ file: join(reference, path), cwd: results, sync: true });
  const made = await format(pageText(), { parser: "markdown", printWidth: 120 });
  if (!process.argv.includes("--check")) {
    writeFileSync(page, made);
    const figures = presentSections().flatMap(({ figure }) => figure ?? []);
    for (const figure of figures) metamd("figure", figure, "--out", join(reference, "figures"));
  } else if (!existsSync(page) || readFileSync(page, "utf8") !== made) {
    console.error("docs/RESULTS.md is not that of the records: node scripts/reproduce/results-page.js");
    process.exitCode = 1;
  }
} finally {
  rmSync(results, { recursive: true });
}

/** What a command says on stdout of the reference results. */
function metamd(...args) {
  const program = join(root, "dist", "bin", "metamd.js");
  const options = { encoding: "utf8", maxBuffer: 1 << 30 };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args, "--results", results], options);
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
    ...present.flatMap(({ experiment, statistics }) => (statistics === true ? leads(experiment) : [])),
    "## The paper's claims",
    verdicts(claims),
    ...present.flatMap(sectionText),
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

/** What separates every method from Adam: by trial, means over the hold-outs that both have whole; the interval is
 *  Student's, over trials. */
function leads(experiment) {
  const trials = readRecords(join(results, experiment))
    .runs.map(({ record }) => record)
    .filter(({ cell }) => cell.phase === "trial");
  const methods = [...new Set(trials.map(({ cell }) => cell.method))];
  const holdouts = [...new Set(trials.map(({ cell }) => cell.holdout))];
  const count = Math.max(...trials.map(({ cell }) => cell.trial)) + 1;
  const key = (method, holdout, trial) => [method, holdout, trial].join();
  const metricsOf = new Map(trials.map(({ cell, metrics }) => [key(cell.method, cell.holdout, cell.trial), metrics]));
  const valueOf = (method, holdout, trial, metric) => metricsOf.get(key(method, holdout, trial))?.[metric];
  const rows = methods
    .filter((method) => method !== "adam")
    .map((method) => {
      const cells = Object.entries(METRICS).map(([metric, { scale }]) => {
        const differences = Array.from({ length: count }, (_, trial) => {
          const pairs = holdouts.map((holdout) => [method, "adam"].map((one) => valueOf(one, holdout, trial, metric)));
          const whole = pairs.filter((pair) => pair.every(Number.isFinite)).map(([own, adam]) => scale * (own - adam));
          return whole.length === 0 ? [] : [whole.reduce((sum, one) => sum + one, 0) / whole.length];
        }).flat();
        const mean = differences.reduce((sum, one) => sum + one, 0) / differences.length;
        const interval = tInterval(differences);
        if (interval === undefined) return "-";
        return `${signed(mean)} (${interval.map(signed).join(" to ")}), ${wordFor(interval, METRICS[metric].better)}`;
      });
      return `| ${method} | ${cells.join(" | ")} |`;
    });
  const columns = Object.values(METRICS).map(({ title }) => title);
  return [
    `## Against a fairly tuned Adam (${experiment})`,
    `Differences from Adam, means over ${holdouts.length} hold-outs, ${count} paired trials, 95 % intervals over trials. ` +
      "A higher accuracy is better, a lower area.",
    `| method | ${columns.join(" | ")} |\n| --- | ---: | ---: |\n${rows.join("\n")}`,
  ];
}

/** What an interval of differences says. */
function wordFor([low, high], better) {
  if (low <= 0 && high >= 0) return "cannot be told";
  return better(low) ? "better" : "worse";
}

/** An experiment: question, protocol, table, caveats, command, time. */
function sectionText({ experiment, title, question, protocol, tables, figure, caveats, command, id }) {
  return [
    `## ${title}`,
    `**Question.** ${question}`,
    `**Protocol.** ${protocol}`,
    ...(figure === undefined ? [] : [`![${title}](../results/reference/figures/${figure}.svg)`]),
    ...tables.map((table) => metamd("table", table, "--format", "markdown").trim()),
    `**Caveats.** ${caveats}`,
    `**Command.** \`${command}\`. ${timeOf(experiment)}`,
    ...(id === undefined ? [] : [`Records: \`results/reference/${experiment}\`.`]),
  ];
}

function timeOf(experiment) {
  if (!existsSync(join(results, experiment, "plan.json"))) return "";
  const seconds = readRecords(join(results, experiment)).runs.map(
    ({ record }) => record.timings.wallMilliseconds / 1000,
  );
  const hours = seconds.reduce((sum, one) => sum + one, 0) / 3600;
  return `${seconds.length} runs, ${hours.toFixed(1)} hours of one thread each.`;
}
