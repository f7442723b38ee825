// What bench.js measured, as Markdown.
import { RUN_IMAGES, WARMING } from "./sizes.js";

/** Ends what bench.js writes of its page. */
export const END = "<!-- bench end -->";

const QUICK = "**A quick run, to see that all parts work: its numbers are no measurement.** ";

const table = (heads, rows, words = 3) =>
  [heads, heads.map((_head, i) => (i < words ? "---" : "---:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");

const inWords = (threads) => `${threads} thread${threads === 1 ? "" : "s"}`;

export function benchMarkdown(report) {
  const { madeAt, quick, hardware, instructions, threads, versions, torch, memoryBytes } = report;
  const names = Object.entries({ ...versions, ...(torch && { torch }) }).map(([name, version]) => `${name} ${version}`);
  return `# Speeds

${quick ? QUICK : ""}Made by \`npm run bench\` on ${madeAt.slice(0, 10)}; ${hardware.cpu}, ${hardware.cores} processors, ${instructions}; ${names.join(", ")}. Medians, all interleaved
in one run; a small model's turn begins with ${WARMING} ms of steps that are not timed. What else the machine does disturbs
milliseconds more than ratios.

## Steps

${stepTable(report)}

${notes(report)}
${torch === undefined ? "" : `\n## Beside PyTorch: SGD with momentum\n\n${torchTable(report)}\n`}
## Evaluations of 1000 images

${table(["engine", "model", ...threads.map((count) => `ms, ${inWords(count)}`)], evaluationRows(report), 2)}

## The program

- \`metamd --help\`: ${report.helpMilliseconds.toFixed(0)} ms; with an engine open (\`engine info\`): ${report.engineMilliseconds.toFixed(0)} ms
- a batch of 64 images of 28 x 28, made on demand: ${said(timeOf(report, { what: "batch" }), 3)} ms; where the program holds the images, as in most runs of an epoch or more: ${said(timeOf(report, { what: "places" }), 3)} ms
- a run of one step of the MLP and an evaluation of ${RUN_IMAGES} images, in a warm process with one thread: ${runInWords(report)}
- memory of a process of this bench, with all of its programs: ${(memoryBytes / 1e9).toFixed(2)} GB

`;
}

function runInWords({ runMilliseconds }) {
  // Differences of what varies by more than they are.
  if (runMilliseconds.whole <= 0 || runMilliseconds.besides < 0) return "too short to be measured here";
  const of = (part) => runMilliseconds[part].toFixed(1);
  const parts = `the step ${of("step")}, the evaluation ${of("evaluation")}, everything else ${of("besides")}`;
  return `${of("whole")} ms, of which ${parts}; copies of its files take ${of("disk")} on this disk`;
}

const rowOf = ({ rows }, wanted) =>
  rows.find((row) => Object.entries(wanted).every(([key, value]) => row[key] === value));

/** Milliseconds of what was timed; undefined: it was not. */
const timeOf = (report, wanted) => rowOf(report, wanted)?.milliseconds;

const said = (value, digits) => (value === undefined || Number.isNaN(value) ? "-" : value.toFixed(digits));

/** What was timed, each once, whatever the threads. */
function timed({ rows }, wanted) {
  const of = rows.filter(({ what }) => what === wanted);
  return [
    ...new Map(
      of.map(({ engine, model, method }) => [`${engine} ${model} ${method}`, { engine, model, method }]),
    ).values(),
  ];
}

/** What the table of steps does not say by itself. */
function notes({ rows }) {
  const named = (wanted, key) => [...new Set(rows.filter(wanted).map((row) => row[key]))].join(", ");
  const isAveraged = (row) => row.isAveraged === true;
  const isScaled = (row) => row.isScaled === true;
  return [
    rows.some(isAveraged) &&
      `- ${named(isAveraged, "method")}: the mean of a hundred steps, which are of several kinds.`,
    rows.some(isScaled) &&
      `- ${named(isScaled, "method")} on ${named(isScaled, "model")}: what large matrices take follows from a smaller one's, by the cube of the side.`,
    ...new Set(
      rows.flatMap(({ engine, model, method, why }) =>
        why === undefined ? [] : [`- ${method} on ${model} with ${engine} was not timed: ${why}.`],
      ),
    ),
    ...onceNotes(rows),
  ]
    .filter((line) => line !== false)
    .join("\n");
}

/** Which steps were timed once, by model and engine. */
function onceNotes(rows) {
  const once = rows.filter(({ what, timed }) => what === "step" && timed === 1);
  const of = new Map();
  for (const { model, engine, method } of once) {
    const place = `${model} with ${engine}`;
    of.set(place, new Set(of.get(place)).add(method));
  }
  return [...of].map(([place, methods]) => `- Timed once on ${place}: ${[...methods].join(", ")}.`);
}

function stepTable(report) {
  const { threads } = report;
  const heads = ["engine", "model", "method", ...threads.flatMap((count) => [`ms, ${inWords(count)}`, "to SGD-M"])];
  const rows = timed(report, "step").map((row) => {
    const times = threads.flatMap((count) => {
      const own = timeOf(report, { what: "step", ...row, threads: count });
      const base = timeOf(report, { what: "step", ...row, method: "sgd_momentum", threads: count });
      return [said(own, 2), said(own / base, 3)];
    });
    return [row.engine, row.model, row.method, ...times];
  });
  return table(heads, rows);
}

/** Ratios with as many threads on both sides, and with the threads that each side is fastest with. */
function torchTable(report) {
  const { threads } = report;
  const models = timed(report, "step").flatMap(({ engine, model }) => (engine === "pytorch" ? [model] : []));
  const rows = models.map((model) => {
    const of = (engine, threads) => rowOf(report, { what: "step", engine, model, method: "sgd_momentum", threads });
    const ratio = (key) => (count) => said(of("tensorflow", count)?.[key] / of("pytorch", count)[key], 3);
    const best = (engine) =>
      threads.map((count) => ({ count, time: of(engine, count)?.milliseconds })).sort((a, b) => a.time - b.time)[0];
    const [own, other] = [best("tensorflow"), best("pytorch")];
    const each = [said(own.time / other.time, 3), String(own.count), String(other.count)];
    return [model, ...threads.map(ratio("milliseconds")), ...each, ...threads.map(ratio("processorMilliseconds"))];
  });
  const same = threads.map((count) => `ours to PyTorch's, ${inWords(count)}`);
  const processor = threads.map((count) => `processor time, ${inWords(count)}`);
  const heads = ["model", ...same, "each at its best", "our best threads", "PyTorch's", ...processor];
  return table(heads, rows, 1);
}

const evaluationRows = (report) =>
  timed(report, "evaluation").map(({ engine, model }) => [
    engine,
    model,
    ...report.threads.map((count) => said(timeOf(report, { what: "evaluation", engine, model, threads: count }), 1)),
  ]);
