// The picture in README.md: the averages of results/reference/rotated-mnist-extended, drawn as two rows of bars. `npm run docs` writes it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../dist/src/core/files.js";
import { methodTitle } from "../dist/src/reporting/method-title.js";

const [LEFT, TOP, ROW, BAR] = [204, 58, 26, 120];

/** The averages of a table: method, mean and standard deviation. */
function averagesOf(file) {
  const text = readFileSync(join(packageRoot(), "results", "reference", "rotated-mnist-extended", file), "utf8");
  const [head, ...rows] = text
    .trim()
    .split("\n")
    .map((line) => line.split(","));
  const [mean, std] = ["average_mean", "average_std"].map((name) => head.indexOf(name));
  return rows.map((row) => ({ method: row[0], mean: Number(row[mean]), std: Number(row[std]) }));
}

const inWords = ({ mean, std }, decimals) =>
  Number.isFinite(mean) ? `${mean.toFixed(decimals)} ± ${std.toFixed(decimals)}` : "diverged in trials";

/** One panel of bars; what is beyond its axis stands there as a number. @param from the left end of the axis, to its right one. @param best what stands out. */
function panel(x, title, rows, [from, to], decimals, best) {
  const place = (value) => ((Math.min(to, Math.max(from, value)) - from) / (to - from)) * BAR;
  const bars = rows.map(({ method, mean, std }, i) => {
    const y = TOP + i * ROW;
    const length = place(mean).toFixed(1);
    const ends = [place(mean - std), place(mean + std)].map((end) => (x + end).toFixed(1));
    const said = inWords({ mean, std }, decimals);
    const middle = y + 9;
    if (!(mean >= from && mean <= to)) return `<text x="${x}" y="${y + 13}" class="number">${said}</text>`;
    return [
      `<rect x="${x}" y="${y}" width="${length}" height="18" class="${method.startsWith("metamd") ? "own" : "other"}"/>`,
      `<path d="M${ends[0]} ${middle}H${ends[1]}" class="spread"/>`,
      `<text x="${x + BAR + 14}" y="${y + 13}" class="${mean === best ? "best" : "number"}">${said}</text>`,
    ].join("\n");
  });
  return `<text x="${x}" y="40" class="title">${title}</text>\n${bars.join("\n")}`;
}

/** The whole picture, as SVG. */
export function readmePicture() {
  const [accuracy, auc] = [averagesOf("accuracy.csv"), averagesOf("auc.csv")];
  const best = (rows, of) => of(...rows.map(({ mean }) => mean));
  const names = accuracy.map(
    ({ method }, i) =>
      `<text x="${LEFT - 8}" y="${TOP + i * ROW + 13}" class="${method.startsWith("metamd") ? "best" : "number"}" text-anchor="end">` +
      `${methodTitle(method)}</text>`,
  );
  const height = TOP + accuracy.length * ROW + 30;
  const alt =
    `Bars of ${accuracy.length} optimisers on RotatedMNIST. ` +
    accuracy.map((row, i) => `${methodTitle(row.method)}: ${inWords(row, 2)} %, AUC ${inWords(auc[i], 2)}`).join("; ");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 746 ${height}" width="746" height="${height}" role="img" aria-label="${alt}">
<style>
  text { font: 13px Arial, Helvetica, sans-serif; fill: #222 }
  .title, .best { font-weight: bold }
  .note { font-size: 11px; fill: #555 }
  .own { fill: #1f5fa8 } .other { fill: #b8bec7 }
  .spread { stroke: #222; stroke-width: 1.5 }
</style>
<rect width="746" height="${height}" fill="#fff"/>
<text x="16" y="18" class="title">RotatedMNIST: every rotation held out in turn, ten trials each</text>
${names.join("\n")}
${panel(LEFT, "Test accuracy, % (higher is better)", accuracy, [88, 97.5], 2, best(accuracy, Math.max))}
${panel(LEFT + 264, "Training-loss AUC (lower is better)", auc, [0, 6], 2, best(auc, Math.min))}
<text x="16" y="${height - 10}" class="note">Mean over six held-out rotations; lines: ± one standard deviation. Accuracies from 88 %. Data: results/reference.</text>
</svg>
`;
}
