import { counted } from "../../core/wording.js";
import type { Hypergradients } from "./record.js";
import type { OwnClaim } from "../../reporting/paper/judged.js";
import { ALPHA } from "../../reporting/paper/verdicts.js";
import { holm } from "../../reporting/statistics/holm.js";
import { pairsOf } from "../../reporting/statistics/pairs.js";
import { pairedT } from "../../reporting/statistics/t-tests.js";
import { agreements, ALL_LAYERS, POINTS, type Agreement, type Point } from "./agreements.js";

/** The horizons that the claim names, and where the cosine lies at them. */
const SHORT = { horizon: 20, above: 0.9 } as const;
const LONG = { horizon: 200, below: 0 } as const;

const CLAIM = {
  id: "O1",
  statement:
    "MetaMD's hypergradient, Algorithm 2 with the direct gradient, is near the true derivative of the Bregman objective for " +
    `short inner runs and points away from it for long ones: their cosine over all blocks is above ${SHORT.above} at ` +
    `T = ${SHORT.horizon} and below ${LONG.below} at T = ${LONG.horizon}, with the first M and with the learned one.`,
} as const;

/** Judges the claim on a study's seeds: a one-sided t test a part, Holm's correction over the four. */
export function judgeHypergradient(records: readonly Hypergradients[]): OwnClaim {
  const notRun = (why: string): OwnClaim => ({
    ...CLAIM,
    verdict: "not run",
    reason: `Not run: ${why}.`,
    evidence: [],
  });
  const [first] = records;
  if (first === undefined) return notRun("there is no comparison of hypergradients");
  if (first.preset === "smoke") return notRun("only smoke runs, which show no more than that the program works");
  if (first.dataTag === "synthetic") return notRun("only stand-in data");
  const all = agreements(records).filter(({ layer, mode }) => layer === ALL_LAYERS && mode === "alg2");
  const parts = (Object.keys(POINTS) as Point[]).flatMap((point) => {
    const at = (horizon: number): Agreement | undefined =>
      all.find((one) => one.point === point && one.horizon === horizon);
    return [partOf(at(SHORT.horizon), SHORT.above, "greater"), partOf(at(LONG.horizon), LONG.below, "less")];
  });
  if (parts.includes(undefined))
    return notRun(`T = ${SHORT.horizon} and ${LONG.horizon} are not both among the horizons`);
  const judged = parts as Part[];
  const p = holm(judged.map((part) => part.p));
  const opposite = holm(judged.map((part) => part.opposite));
  const holds = judged.every((part) => part.holds);
  const known = (holds ? p : opposite).filter((one) => one !== undefined);
  const decisive = holds ? (known.length === judged.length ? Math.max(...known) : undefined) : least(known);
  const significant = decisive !== undefined && decisive < ALPHA;
  const verdict = holds ? (significant ? "confirmed" : "leaning") : significant ? "contradicted" : "inconclusive";
  return {
    ...CLAIM,
    verdict,
    reason: `${judged.map(({ found }) => found).join("; ")}; ${counted(records.length, "seed")}.`,
    ...(decisive !== undefined && { p: decisive }),
    preset: first.preset,
    numerics: first.numerics,
    evidence: records.map(({ id }) => id),
  };
}

interface Part {
  readonly holds: boolean;
  readonly p: number | undefined;
  readonly opposite: number | undefined;
  readonly found: string;
}

function partOf(agreement: Agreement | undefined, threshold: number, claimed: "greater" | "less"): Part | undefined {
  if (agreement === undefined) return undefined;
  const { point, horizon, cosine } = agreement;
  const against = pairsOf(
    cosine.values,
    cosine.values.map(() => threshold),
  );
  const spread = cosine.error === undefined ? "" : ` ± ${cosine.error.toFixed(3)}`;
  return {
    holds: claimed === "greater" ? cosine.mean > threshold : cosine.mean < threshold,
    p: pairedT(against, claimed).p,
    opposite: pairedT(against, claimed === "greater" ? "less" : "greater").p,
    found: `${cosine.mean.toFixed(3)}${spread} at T = ${horizon} with the ${POINTS[point]}`,
  };
}

const least = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : Math.min(...values);
