// What gpu-check found, as Markdown.
import { median } from "../../dist/src/core/averages.js";

const table = (heads, rows) =>
  [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

export function markdownOf({
  madeAt,
  hardware,
  dryRun,
  engine,
  gpu,
  passed,
  broken: unfinished,
  rules,
  losses,
  times,
  batches,
  torch,
  sharing,
  sweeps,
}) {
  const card = gpu === undefined ? "no GPU" : `${gpu.name}${gpu.driver === undefined ? "" : ` (driver ${gpu.driver})`}`;
  const broken = rules.filter((check) => !check.passed).map(({ method, rule }) => `- ${method}: ${rule}: broken`);
  const far = losses.filter((row) => !row.passed).length;
  const other = (row) => torch?.rows.find(({ model, batch }) => model === row.model && batch === row.batch);
  const timeRows = times.rows.map((row) => {
    const theirs = other(row) && median(other(row).milliseconds);
    const cells = theirs === undefined ? ["-", "-"] : [theirs.toFixed(2), (row.milliseconds / theirs).toFixed(2)];
    return [row.model, row.batch, row.method, row.milliseconds.toFixed(2), ...cells];
  });
  const images = dryRun ? "that the program holds" : "on the device";
  const sent = batches.filter(({ isHeld }) => !isHeld);
  const held = (row) => batches.find(({ model, isHeld }) => isHeld && model === row.model);
  return `# The native engine on ${dryRun ? "the processor: a dry run, whose times say nothing" : card}

${madeAt.slice(0, 10)}; ${hardware.cpu}, ${hardware.cores} processors; ${card}; TensorFlow ${engine.versions.tensorflow}, TF32 ${
    engine.kernels.tf32 ? "on" : "off"
  }, deterministic operations ${engine.kernels.deterministic ? "on" : "off"}${torch ? `; PyTorch ${torch.version}` : ""}.
${passed ? "Everything passed." : "**Something failed.**"}${unfinished.map((part) => `\n\n**Not finished: ${part}.**`).join("")}

## Rules

${rules.length - broken.length} of ${rules.length} hold, on every method.${broken.length > 0 ? `\n\n${broken.join("\n")}` : ""}

## Losses of twenty steps${dryRun ? ", twice on the processor" : " against the processor's"}

${losses.length - far} of ${losses.length} within 1e-4.

${table(
  ["model", "method", "last loss", "largest relative difference"],
  losses.map(({ model, method, last, difference, passed }) => [
    model,
    method,
    last.toFixed(5),
    `${difference.toExponential(1)}${passed ? "" : " **too far**"}`,
  ]),
)}

## Step times

Medians, loss read back.

${table(["model", "batch", "method", "ms", "PyTorch SGD-M, ms", "ratio"], timeRows)}

## Batches that are sent, and images ${images}

Medians of a step of SGD-M with its batch, loss read back.

${table(
  ["model", "batch", "made and sent, ms", `images ${images}, ms`],
  sent.map((row) => [row.model, row.batch, row.milliseconds.toFixed(2), held(row).milliseconds.toFixed(2)]),
)}

## Runs that do the most together on a GPU

${
  sharing.length === 0
    ? "Not measured."
    : table(
        ["model", "batch", "runs"],
        sharing.map(({ model, batch, runs }) => [model, batch, runs]),
      )
}

## Sweeps of small runs

MLP 784-32-32-10, batch 64, ${dryRun ? "on the processor" : "on one GPU"}.

${table(
  ["runs at the same time", "runs", "runs a minute"],
  sweeps.map(({ several, runs, runsPerMinute }) => [several, runs, runsPerMinute.toFixed(0)]),
)}
`;
}
