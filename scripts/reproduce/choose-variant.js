// Which variant of MetaMD is the best where variants are chosen.

/** Methods that are no variants: what every variant is held against. */
export const BESIDE = ["adam", "metamd_short"];

/** The hold-outs that choose; the others judge. The drawn digits of the small presets have one of their own. */
const CHOOSING = ["rotated-mnist/15", "rotated-mnist/60", "synthetic-rotated/0"];
export const CHOOSE = (holdout) => CHOOSING.includes(holdout);

/** Mean test accuracy of a method's trials on some hold-outs, each with the same weight. */
function accuracyOf(trials, method) {
  const own = trials.filter(({ cell }) => cell.method === method);
  return own.reduce((sum, { metrics }) => sum + metrics.testAccuracy, 0) / own.length;
}

/** The variant with the best mean test accuracy on the hold-outs that choose. */
export function bestOf(runs) {
  const trials = runs.map(({ record }) => record).filter(({ cell }) => cell.phase === "trial" && CHOOSE(cell.holdout));
  const variants = [...new Set(trials.map(({ cell }) => cell.method))].filter((method) => !BESIDE.includes(method));
  return variants.reduce((best, one) => (accuracyOf(trials, one) > accuracyOf(trials, best) ? one : best));
}
