// The plain answers at the head of docs/RESULTS.md. Every number, and the word that says which way it goes, comes from records.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { gridEnds } from "./accounts.js";
import { median } from "../../dist/src/core/averages.js";
import { bestOf, BESIDE, CHOOSE } from "./choose-variant.js";
import { difference, phrase, phraseOf, trialsOf } from "./compare.js";
import { meanInputsIn, spectraOf } from "./spectra.js";

const E2 = "rotated-mnist-extended";

/** @param recordsOf plan and runs of an experiment, undefined where it is not kept. @returns paragraphs. */
export function answers({ recordsOf, reference }) {
  const kept = (experiment, say) => {
    const records = recordsOf(experiment);
    return records === undefined ? [] : [say(records.runs)];
  };
  return [
    againstAdam(recordsOf(E2).runs),
    ...kept("rotated-mnist", (runs) => onThePapersGrids(runs, recordsOf("rotated-mnist").plan, recordsOf(E2).runs)),
    ...kept("diverse-digits-short", againstAdamOnDigits),
    ...kept("high-resolution-short", againstAdamOnPhotos),
    horizon(recordsOf(E2).runs, recordsOf("diverse-digits-short")?.runs, reference),
    ...kept("ablation", partOfTheRate),
    looks(recordsOf(E2).runs, meanInputsIn(reference)),
    ...kept("transfer", (runs) => transfer(runs, recordsOf)),
    ...(recordsOf("metamd-variants") === undefined
      ? ["**Could MetaMD be better?** Not told yet: the variants of `configs/metamd-variants.yaml` are not run."]
      : [variants(recordsOf("metamd-variants").runs)]),
    ROUNDING,
    UNKNOWN,
  ];
}

/** What separates the three forms of MetaMD from Adam. */
function formsAgainstAdam(runs, metric) {
  const of = (method) => `${NAMES[method]} ${phraseOf(runs, method, "adam", metric)}`;
  return Object.keys(NAMES).map(of).join(", ");
}
const NAMES = {
  metamd: "as the paper learns it",
  metamd_short: "over a short horizon",
  metamd_momentum: "with momentum",
};

function againstAdam(runs) {
  return (
    `**Does MetaMD beat a fairly tuned Adam on RotatedMNIST?** Six hold-outs, ten trials. In accuracy against Adam's: ` +
    `${formsAgainstAdam(runs, "testAccuracy")}. In speed, the area under the training loss, where less is better: ` +
    `${formsAgainstAdam(runs, "auc")}. ${edges(runs)}`
  );
}

/** The same on grids that have no learning rate near Adam's best. */
function onThePapersGrids(runs, { config }, extended) {
  const rates = config.tuning.space.methods.adam.learningRate.join(", ");
  const adam = phrase(trialsOf(runs, "adam"), trialsOf(extended, "adam"), "testAccuracy");
  const rivals = ["rmsprop", "sgd_momentum"].map(
    (rival) => `${rival} ${phraseOf(runs, "metamd", rival, "testAccuracy")}`,
  );
  return (
    `**Does that depend on the grids?** Yes. On the paper's own, ${rates} for Adam, Adam has ${adam} against its own ` +
    `accuracy on the wider grids, and MetaMD leads it: ${formsAgainstAdam(runs, "testAccuracy")}. Against the other baselines ` +
    `MetaMD as the paper learns it has, over ${rivals.join(", over ")}. In area: ${formsAgainstAdam(runs, "auc")}.`
  );
}

/** How often a method's best learning rate was the largest of its grid. */
function edges(runs) {
  const trials = runs.map(({ record }) => record).filter(({ cell }) => cell.phase === "trial");
  const ends = gridEnds(trials, "high");
  if (ends.length === 0) return "No method's best learning rate was the largest of its grid.";
  return (
    `The best learning rate was the largest of its grid on so many hold-outs: ${ends.join(", ")}. These might gain by larger ones; ` +
    "the other methods' best lie below the largest. Intervals are over trials, which differ in first weights and order of images: what " +
    "MetaMD learned is one draw a hold-out, and all hold-outs are the same digits, rotated."
  );
}

function againstAdamOnDigits(runs) {
  return (
    `**And on DiverseDigits?** Held out: ${[...new Set(runs.map(({ record }) => record.cell.holdout))].join(", ")}; five trials. In accuracy against Adam's: ` +
    `${formsAgainstAdam(runs, "testAccuracy")}. In area: ${formsAgainstAdam(runs, "auc")}. ${collapses(runs)}`
  );
}

function againstAdamOnPhotos(runs) {
  const of = (other) =>
    `${phraseOf(runs, "metamd", other, "testAccuracy")} and ${phraseOf(runs, "metamd", other, "auc")}`;
  return (
    "**And on photos?** A part of DTD in place of four datasets, learned on a part of Pets, a narrow network, 300 steps, five trials, far " +
    `below the paper's size. MetaMD as the paper learns it has ${of("adam")} against Adam's, ${of("sgd_momentum")} against SGD-M's. ` +
    "Every method is within a few images of chance, 10 %: only the areas tell methods apart."
  );
}

/** Points below the median of a row from which a trial has fallen. */
const FALL = 5;

/** Trials that ended far below their row's median on a hold-out, one by one where they are few. */
function collapses(runs) {
  const trials = runs.map(({ record }) => record).filter(({ cell }) => cell.phase === "trial");
  const fallen = trials.filter(({ cell, metrics }) => {
    const alike = trials.filter((one) => one.cell.method === cell.method && one.cell.holdout === cell.holdout);
    return metrics.testAccuracy < median(alike.map((one) => one.metrics.testAccuracy)) - FALL / 100;
  });
  const rule = `more than ${FALL} points below the median of its row`;
  if (fallen.length === 0) return `None of the ${trials.length} trials ended ${rule}.`;
  const one = ({ cell, metrics, selected }) =>
    `${cell.method} on ${cell.holdout}, trial ${cell.trial}, ${(100 * metrics.testAccuracy).toFixed(1)} % at learning rate ` +
    `${selected.learningRate}`;
  return `Of ${trials.length} trials ${fallen.length} ended ${rule}: ${fallen.map(one).join("; ")}.`;
}

function horizon(runs, digits, reference) {
  const rows = parse(readFileSync(join(reference, "hypergradient", "hypergradient.csv"), "utf8"), { columns: true });
  const cosine = (steps, point) => {
    const own = rows.filter(
      (row) => row.horizon === String(steps) && row.point === point && row.mode === "alg2" && row.layer === "all",
    );
    return (own.reduce((sum, row) => sum + Number(row.cosine), 0) / own.length).toFixed(2);
  };
  const gain = difference(trialsOf(runs, "metamd_short"), trialsOf(runs, "metamd"), "testAccuracy");
  const of = (held, metric) => phraseOf(held, "metamd_short", "metamd", metric);
  const elsewhere =
    digits === undefined ? "" : ` On DiverseDigits: ${of(digits, "testAccuracy")} and ${of(digits, "auc")}.`;
  const answer = { better: "Yes", worse: "No", "cannot be told": "It cannot be told" }[gain.word];
  return (
    `**Is the short horizon better than the paper's long one?** ${answer} in E2: T = 20 against T = 500, ` +
    `${of(runs, "testAccuracy")} and ${of(runs, "auc")}, at a 25th of the gradients.${elsewhere} The hypergradient study names a reason: Algorithm 2 has a cosine of ${cosine(20, "first")} with the true ` +
    `derivative at T = 20 and ${cosine(200, "first")} at T = 200 with the first M (${cosine(20, "learned")} and ` +
    `${cosine(200, "learned")} with the learned one).`
  );
}

function partOfTheRate(runs) {
  const of = (own, other) => phraseOf(runs, `metamd${own}`, other, "testAccuracy");
  return (
    `**How much of it is the preconditioner?** One hold-out, eight trials. SGD on MetaMD's learning rates (M near I) has ` +
    `${of("/direct", "sgd")} over SGD on its own, which end at 0.1. Over that MetaMD has ${of("", "metamd/direct")}, with T = 20 ` +
    `${of("/horizon-20", "metamd/direct")}, with T = 100 ${of("/horizon-100", "metamd/direct")}, as the paper writes it ` +
    `${of("/literal", "metamd/direct")}. The true gradient in place of Algorithm 2 at T = 20: ` +
    `${of("/unrolled-20", "metamd/horizon-20")}. ${collapses(runs)}`
  );
}

function looks(runs, nearOf) {
  const short = spectraOf(runs).filter(({ method }) => method === "metamd_short");
  const factors = short.map(({ layer, inputs }) => `${layer} ${inputs.toFixed(1)}`).join(", ");
  const alike = Math.min(...short.map(({ alike: { a } }) => a)).toFixed(3);
  const hidden = short.slice(1).map(({ meanShare }) => `${(100 * meanShare).toFixed(0)} %`);
  const near = (method, network, value = "cosine") =>
    short.map(({ layer }) => nearOf(method, layer, "learned on", network)[value].toFixed(2)).join(", ");
  const ones = short
    .slice(1)
    .map(({ layer }) => nearOf("metamd_short", layer, "learned on", "trained").ones.toFixed(2));
  return (
    `**What does the preconditioner look like?** One direction a layer, which every hold-out finds alike (short horizon: cosines of ` +
    `${alike} or more). Steps along it are shorter by a factor (${factors}), the others stay. Is it the mean of the layer's inputs? ` +
    `Over a short horizon nearly: its cosine with that mean is ${near("metamd_short", "trained")} in the three layers of a network that a ` +
    `trial has trained, ${near("metamd_short", "first")} at its first weights. Of |a|² over hidden units ${hidden.join(" and ")} lie in their ` +
    `mean, since what is learned for many networks can know no single unit: (1, …, 1) itself has ${ones.join(" and ")} there. As the paper learns it, ` +
    `less so: ${near("metamd", "trained")}. [Below](#what-the-preconditioner-looks-like).`
  );
}

function transfer(base, recordsOf) {
  const short = (runs) => trialsOf(runs, "metamd_short");
  const rows = PRESETS.flatMap((preset) => {
    const own = recordsOf(`transfer-${preset}`)?.runs;
    if (own === undefined) return [];
    const applied = recordsOf(`transfer-applied-${preset}`)?.runs;
    const beside =
      applied === undefined
        ? ""
        : `, against what is learned there ${phrase(short(applied), short(own), "testAccuracy")}`;
    return [`${preset} ${phrase(short(applied ?? own), trialsOf(own, "adam"), "testAccuracy")}${beside}`];
  });
  const means = recordsOf("transfer-means")?.runs;
  const reduced =
    means === undefined
      ? ""
      : ` With its means over hidden units alone, at the width it was learned at: ${phrase(short(means), short(base), "testAccuracy")} ` +
        "against the whole.";
  return (
    `**Does it transfer?** Learned at width 256 and batches of 128, tested on 75 degrees in five trials, against Adam tuned there: ` +
    `${phraseOf(base, "metamd_short", "adam", "testAccuracy")} in its own size; ${rows.join("; ")}.${reduced} To another width only ` +
    `the means over hidden units are carried, since single units mean nothing there.`
  );
}
const PRESETS = ["batch-32", "batch-512", "steps-100", "steps-2000", "width-64", "width-1024"];

function variants(runs) {
  const best = bestOf(runs);
  const judging = runs.filter(({ record: { cell } }) => cell.phase === "trial" && !CHOOSE(cell.holdout));
  const choosing = runs.filter(({ record: { cell } }) => cell.phase === "trial" && CHOOSE(cell.holdout));
  const tried = new Set(choosing.map(({ record }) => record.cell.method)).size - BESIDE.length;
  const [adam, short] = BESIDE.map((other) =>
    difference(trialsOf(judging, best), trialsOf(judging, other), "testAccuracy"),
  );
  if (adam === undefined || short === undefined)
    return `**Could MetaMD be better?** Of ${tried} variants, ${best} is the best on the hold-outs that choose; it is not judged yet.`;
  const of = (other, metric) => phraseOf(judging, best, other, metric);
  return (
    `**Could MetaMD be better?** Of ${tried} variants, ${best} was the best on the hold-outs that chose. On the four that judge it has ` +
    `${of("metamd_short", "testAccuracy")} and ${of("metamd_short", "auc")} over the short horizon as it is, ` +
    `${of("adam", "testAccuracy")} and ${of("adam", "auc")} over Adam. ` +
    (short.word === "better" && adam.word !== "worse"
      ? "It holds."
      : "So no variant is shown to be better than the short horizon, and none becomes a method of its own.")
  );
}

const ROUNDING =
  "**Would another machine give the same numbers?** The same kind of processor does, bit by bit. Another rounds otherwise, which a " +
  "learning rate as large as MetaMD's magnifies: single trials differ then, and means by less than their intervals " +
  "([measured](measurements/rounding.md)).";

const UNKNOWN =
  "**Which of the paper's settings would have to be known to say more?** The sign and scale of the hypergradient that was run (Eq. 13, " +
  "Algorithm 2 and the derivative differ), γ, the meta learning rate and the number of outer steps, the start of a and b, MetaMD's " +
  "learning rates at meta-test and their grid, widths, batch sizes and steps of every experiment, and whether trials differ in what " +
  "was learned: here every hold-out is learned on once.";
