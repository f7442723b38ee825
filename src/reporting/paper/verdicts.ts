import type { ClaimVerdict, CorrectedContrast, Judged, Verdict } from "./judged.js";
import type { Contrast } from "./contrast-methods.js";
import { judgeMeans, judgeOverfit } from "./judgements.js";
import { paperResults, type Claim, type Predicate } from "./paper-results.js";
import { reasonOf } from "./reasons.js";
import { methodTitle } from "../method-title.js";
import { columnTitle } from "./titles.js";
import { isFullSize, isSmoke } from "../presets.js";
import type { Evidence } from "../study-show.js";
import { holm } from "../statistics/holm.js";

/** Chance of being wrong that a test may have. */
export const ALPHA = 0.05;

/** Judges every claim, or those of one of the paper's experiments. @param id like "E5". */
export const judgeClaims = (evidence: Evidence, id?: string): ClaimVerdict[] =>
  paperResults()
    .claims.filter(({ experiment }) => id === undefined || experiment === id)
    .map(({ presets, ...claim }) =>
      presets === undefined ? judgeClaim(claim, evidence) : judgeInAll(claim, presets, evidence),
    );

/** Verdicts from the most to the least that they say for a claim. */
const STRENGTH: readonly Verdict[] = ["reproduced", "leaning", "inconclusive", "contradicted"];

/** Judges a claim at every one of some presets; the weakest verdict is the claim's. */
function judgeInAll(claim: Claim, presets: readonly string[], evidence: Evidence): ClaimVerdict {
  const judged = presets.map((preset) => ({ preset, verdict: decide(claim, atPreset(evidence, preset)) }));
  const all = presets.join(" and ");
  const open = judged.flatMap(({ preset, verdict }) => (isOpen(verdict) ? [`preset ${preset}: ${verdict.why}`] : []));
  if (open.length > 0) return notRun(claim, { why: `it takes presets ${all}; ${open.join("; ")}` });
  const found = judged.flatMap(({ preset, verdict }) => (isOpen(verdict) ? [] : [{ preset, verdict }]));
  const numerics = new Set(found.map(({ verdict }) => verdict.numerics));
  if (numerics.size > 1)
    return notRun(claim, { why: `presets ${all} were run with numerics ${[...numerics].join(" and ")}` });
  type Found = (typeof found)[number];
  const place = ({ verdict }: Found): number => STRENGTH.indexOf(verdict.verdict);
  const [weakest, ...others] = found.sort((a, b) => place(b) - place(a)) as [Found, ...Found[]];
  const beside = others.map(({ preset, verdict }) => ` At preset ${preset}: ${verdict.verdict}.`).join("");
  return {
    ...weakest.verdict,
    reason: weakest.verdict.reason + beside,
    evidence: [...new Set(found.flatMap(({ verdict }) => verdict.evidence))],
  };
}

const atPreset = ({ experiments, analyses, ...held }: Evidence, preset: string): Evidence => ({
  ...held,
  experiments: experiments.filter(({ plan }) => plan.preset === preset),
  analyses: analyses.filter(({ record }) => record.preset === preset),
});

/** Why a claim cannot be decided, and what is known all the same. */
interface Open {
  readonly why: string;
  readonly known?: Partial<ClaimVerdict>;
}
const isOpen = (found: ClaimVerdict | Open): found is Open => "why" in found;

function judgeClaim(claim: Claim, evidence: Evidence): ClaimVerdict {
  const found = decide(claim, evidence);
  return isOpen(found) ? notRun(claim, found) : found;
}

/** Decides one claim. Reproduced: true, and the test of the claim has p < 0.05; leaning: true, but it has not, or a rival of
 *  the paper was not run; contradicted: false, and the test of the opposite has p < 0.05; inconclusive: false, and it has not;
 *  direction only: of a preset below the paper's size, without a test; not run: there is nothing that could decide. Counts need no test. With several contrasts, all must be significant to
 *  reproduce a claim, one to contradict it, after Holm's correction. */
function decide(claim: Claim, evidence: Evidence): ClaimVerdict | Open {
  const { predicate } = claim;
  const judged =
    predicate.kind === "coverage"
      ? judgeByStudy(predicate.kind, evidence)
      : predicate.kind === "overfit"
        ? judgeOverfit(claim.experiment, predicate, evidence)
        : judgeMeans(claim.experiment, predicate, evidence);
  if (typeof judged === "string") return { why: judged };
  if (isSmoke(judged.preset)) return { why: "only smoke runs, which show no more than that the program works" };
  const { truth, deterministic, ...rest } = judged;
  if (truth.holds === undefined)
    return {
      why: nothingLeft(judged),
      known: {
        leftOut: judged.leftOut,
        absent: judged.absent,
        preset: judged.preset,
        numerics: judged.numerics,
      },
    };
  if (!isFullSize(judged.preset)) {
    const verdict = truth.holds ? "direction only: for" : "direction only: against";
    const found = { claim, verdict, truth, ...rest, contrasts: [] } as const;
    return { ...found, reason: reasonOf(found, false) };
  }
  const contrasts = corrected(judged.contrasts);
  const { p, significant } = decision(contrasts, truth.holds);
  const verdict = verdictOf(truth.holds, deterministic || significant, judged.absent.length > 0);
  const found = { claim, verdict, truth, ...rest, contrasts, ...(p !== undefined && { p }) } as const;
  return { ...found, reason: reasonOf(found, deterministic) };
}

/** Judges a claim that a study alone can judge. */
function judgeByStudy(kind: Predicate["kind"], evidence: Evidence): Judged | string {
  const [judge] = evidence.studies.flatMap(({ judges }) => judges?.[kind] ?? []);
  return judge === undefined ? "no study judges it" : judge(evidence);
}

function verdictOf(holds: boolean, decided: boolean, rivalsAbsent: boolean): Verdict {
  if (holds) return decided && !rivalsAbsent ? "reproduced" : "leaning";
  return decided ? "contradicted" : "inconclusive";
}

/** Corrects both sides of all contrasts for their number. */
function corrected(contrasts: readonly Contrast[]): CorrectedContrast[] {
  const p = holm(contrasts.map(({ test }) => test.p));
  const reverseP = holm(contrasts.map(({ reverse }) => reverse.p));
  return contrasts.map((one, i) => ({
    ...one,
    ...(p[i] !== undefined && { p: p[i] }),
    ...(reverseP[i] !== undefined && { reverseP: reverseP[i] }),
  }));
}

/** The p-value that decides: the largest of a true claim's contrasts, all of which must be defined; the smallest of the
 *  opposites of a false one's. */
function decision(contrasts: readonly CorrectedContrast[], holds: boolean): { p?: number; significant: boolean } {
  const sides = contrasts.flatMap((one) => (holds ? one.p : one.reverseP) ?? []);
  if (sides.length === 0 || (holds && sides.length < contrasts.length)) return { significant: false };
  const p = holds ? Math.max(...sides) : Math.min(...sides);
  return { p, significant: p < ALPHA };
}

const notRun = (claim: Claim, { why, known = {} }: Open): ClaimVerdict => ({
  claim,
  verdict: "not run",
  reason: `Not run: ${why}.`,
  contrasts: [],
  columns: [],
  leftOut: [],
  absent: [],
  evidence: [],
  ...known,
});

function nothingLeft({ columns, leftOut, absent }: Judged): string {
  if (columns.length > 0 && absent.length > 0) return `without ${absent.map(methodTitle).join(", ")}`;
  if (leftOut.length === 0) return "no column has values of all methods";
  return leftOut.map(({ column, why }) => `${columnTitle(column)}: ${why}`).join("; ");
}
