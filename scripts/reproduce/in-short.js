// The head of docs/RESULTS.md's answers: what holds, what does not, and what cannot be told, sorted by the records alone.
import { difference, inNumbers, trialsOf, UNITS } from "./compare.js";

/** MetaMD against what it is to beat. */
const USUAL = [
  ["metamd", "adam"],
  ["metamd", "sgd_momentum"],
];
/** What is asked of each experiment: does the first beat the second? */
const ASKED = [
  {
    experiment: "rotated-mnist-extended",
    where: "On RotatedMNIST",
    pairs: [...USUAL, ["metamd_short", "adam"], ["metamd_short", "metamd"]],
  },
  { experiment: "diverse-digits-short", where: "On DiverseDigits", pairs: USUAL },
  { experiment: "cifar10-desk", where: "On a part of CIFAR10", pairs: USUAL },
  { experiment: "high-resolution-short", where: "On a part of DTD", pairs: USUAL },
];
const NAMES = { metamd: "MetaMD", metamd_short: "its short horizon", adam: "Adam", sgd_momentum: "SGD-M" };
const METRICS = { testAccuracy: "accuracy", auc: "area" };

/** @param claims verdicts as the program gives them. @param recordsOf plan and runs of an experiment, undefined where it is not
 *  kept. @returns three paragraphs, and how to read them. */
export function inShort(claims, recordsOf) {
  const found = ASKED.flatMap((one) => differencesOf(one, recordsOf(one.experiment)));
  const of = (verdict) => claims.filter((one) => one.verdict === verdict);
  const line = (head, word, ...ofClaims) =>
    `**${head}** ${[...ofClaims.filter((one) => one !== ""), ...saidOf(found, word)].join(" ")}`;
  return [
    line("What holds.", "better", inFull("Reproduced", of("reproduced"))),
    line("What does not.", "worse", inFull("Contradicted", of("contradicted"))),
    line(
      "What cannot be told.",
      "cannot be told",
      inFull("Leaning to it", of("leaning")),
      ids("Tested without a decision", of("inconclusive")),
      ids("Below the paper's size, a direction alone, for", of("direction only: for")),
      ids("Against", of("direction only: against")),
      ids("Not run", of("not run")),
    ),
    `These ${found.length} differences are means over n paired trials, with a 95 % interval and d, the mean over the standard deviation of the ` +
      "trials' differences; that there are so many widens no interval. More accuracy and less area are better. Those on parts of CIFAR10 and DTD " +
      "are of far smaller experiments than the paper's.",
  ];
}

const ids = (words, claims) =>
  claims.length === 0 ? "" : `${words}: ${claims.map(({ claim }) => claim.id).join(", ")}.`;

/** Claims in words, with the effect of the test that is weakest, and over how many pairs. */
function inFull(words, claims) {
  const texts = claims.map(({ claim: { id, statement }, contrasts }) => {
    const tested = contrasts.filter(({ effect }) => effect !== undefined);
    const [weakest] = tested.sort((one, other) => Math.abs(one.effect.value) - Math.abs(other.effect.value));
    const evidence = weakest === undefined ? "a count" : `d = ${weakest.effect.value.toFixed(1)}, n = ${weakest.pairs}`;
    return `${id}: ${statement} (${evidence})`;
  });
  return texts.length === 0 ? "" : `${words}: ${texts.join("; ")}.`;
}

/** The differences with a word, by the place they are of. */
function saidOf(found, word) {
  const own = found.filter((one) => one.word === word);
  return [...new Set(own.map(({ place }) => place))].map((place) => {
    const there = own.filter((one) => one.place === place);
    return `${place}: ${there.map(({ text }) => text).join("; ")}.`;
  });
}

function differencesOf({ where, pairs }, records) {
  if (records === undefined) return [];
  return pairs.flatMap(([own, other]) =>
    Object.entries(METRICS).flatMap(([metric, name]) => {
      const found = difference(trialsOf(records.runs, own), trialsOf(records.runs, other), metric);
      if (found === undefined) return [];
      const { effect, trials, word } = found;
      const text = `${NAMES[own]}'s ${name} against ${NAMES[other]}'s ${inNumbers(found, UNITS[metric])}, d = ${effect.toFixed(1)}`;
      return [{ word, place: `${where} (n = ${trials})`, text }];
    }),
  );
}
