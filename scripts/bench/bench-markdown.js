// What bench.js measured, as Markdown.
const table = (heads, rows) =>
  [heads, heads.map((_head, i) => (i < 3 ? "---" : "---:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");

export function benchMarkdown(report) {
  const { madeAt, hardware, threads, versions, torch, steps, evaluations, memoryBytes } = report;
  const of = (engine, model) =>
    steps.find((row) => row.engine === engine && row.model === model && row.method === "sgd_momentum");
  const ratio = (row, other) => (other === undefined ? "-" : (row.milliseconds / other.milliseconds).toFixed(3));
  const heads = ["engine", "model", "method", "ms", "to SGD-M"];
  const stepRows = steps.map((row) => [
    row.engine,
    row.model,
    row.method,
    row.milliseconds.toFixed(2),
    ratio(row, of(row.engine, row.model)),
    ...(torch === undefined ? [] : [ratio(row, of("pytorch", row.model))]),
  ]);
  const names = Object.entries({ ...versions, ...(torch && { torch }) }).map(([name, version]) => `${name} ${version}`);
  return `# Speeds

${madeAt.slice(0, 10)}; ${hardware.cpu}, ${hardware.cores} processors, ${threads} thread(s); ${names.join(", ")}. Made by \`npm run bench\`:
medians, all interleaved in one run. What else the machine does disturbs milliseconds more than ratios.

## Steps

${table(torch === undefined ? heads : [...heads, "to PyTorch's SGD-M"], stepRows)}

## Evaluations of 1000 images

${table(
  ["engine", "model", "what", "ms"],
  evaluations.map(({ engine, model, method, milliseconds }) => [engine, model, method, milliseconds.toFixed(1)]),
)}

## The program

- \`metamd --help\`: ${report.helpMilliseconds.toFixed(0)} ms; with an engine open (\`engine info\`): ${report.engineMilliseconds.toFixed(0)} ms
- a batch of 64 images of 28 x 28, fetched: ${report.batchMilliseconds.toFixed(3)} ms
- a run of one step in a warm process: ${report.runMilliseconds.toFixed(1)} ms
- memory of this bench, with all of its programs: ${(memoryBytes / 1e9).toFixed(2)} GB
`;
}
