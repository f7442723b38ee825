import { groupBy } from "../../core/group.js";
import { type MeansPredicate, overfits, placeOf, truthOf } from "./claims.js";
import type { Judged } from "./judged.js";
import { type Contrast, contrastMethods, strongest } from "./contrast-methods.js";
import { cellsAt, type MeasuredCell, meansOf, type Measurements } from "../measured/measurements.js";
import { measure, measureSides } from "./measure.js";
import { isHigherBetter, paperResults, type ClaimMetric, type Predicate } from "./paper-results.js";
import { printedDomains } from "./printed.js";
import { methodTitle } from "../method-title.js";
import type { Evidence } from "../study-show.js";
import { averageRanks, type Means } from "../statistics/means.js";

/** Best, worst, rank, less and ratio: means over trials, in the columns where all methods have all their trials. */
export function judgeMeans(id: string, predicate: MeansPredicate, evidence: Evidence): Judged | string {
  const { metric } = predicate;
  const measured = measure(evidence, id, metric);
  if (measured === undefined) return "there are no runs of it";
  const wanted =
    predicate.kind === "less"
      ? [...predicate.a, ...predicate.b]
      : predicate.kind === "ratio"
        ? [predicate.a, predicate.b]
        : paperResults().compared[id]!;
  const methods = wanted.filter((method) => measured.rows.has(method));
  const absent = wanted.filter((method) => !measured.rows.has(method));
  const { places, leftOut } = placesOf(measured, methods);
  const tested = new Set(measured.columns.map((column) => column.id));
  const untested = domainsOf(id, metric).filter((domain) => !tested.has(domain));
  const rows = cellsAt(measured.rows, methods, places);
  const means = meansOf(rows);
  // Who is first of those that were run says nothing of who is second of all.
  const undecided = predicate.kind === "rank" && predicate.equals > 1 && absent.length > 0;
  const truth = undecided ? { holds: undefined, incomplete: true } : truthOf(predicate, means);
  const contrasts =
    truth.holds === undefined || metric === "meta_parameter_count" ? [] : contrastsOf(predicate, rows, means);
  return {
    preset: measured.preset,
    numerics: measured.numerics,
    truth,
    contrasts,
    absent,
    leftOut: [...leftOut, ...untested.map((column) => ({ column, why: "not tested" }))],
    deterministic: metric === "meta_parameter_count",
    columns: idsAt(measured, places),
    evidence: [...new Set([...rows.values()].flat().flatMap(({ runs }) => runs))],
  };
}

/** Domains that a claim on a metric speaks of; none where its columns are no domains. */
function domainsOf(id: string, metric: ClaimMetric): string[] {
  if (metric === "lambda_max" || metric === "low_rank_score") return printedDomains("E5");
  return (metric === "test_accuracy" || metric === "train_loss_auc") && id !== "E9" ? printedDomains(id) : [];
}

/** Columns that count: of real data, with every planned trial of every method. */
function placesOf(
  { columns, rows }: Measurements,
  methods: readonly string[],
): { places: number[]; leftOut: { column: string; why: string }[] } {
  const why = (i: number): string | undefined => {
    if (columns[i]!.standIn) return "stand-in data";
    const gaps = methods.flatMap((method) => {
      const { incomplete } = rows.get(method)![i]!;
      return incomplete === undefined ? [] : [{ method: methodTitle(method), incomplete }];
    });
    if (gaps.length === 0) return undefined;
    const byReason = groupBy(gaps, ({ incomplete }) => incomplete);
    if (byReason.size === 1 && gaps.length === methods.length) return gaps[0]!.incomplete;
    return [...byReason].map(([reason, held]) => `${held.map(({ method }) => method).join(", ")} ${reason}`).join("; ");
  };
  const reasons = columns.map((_column, i) => why(i));
  return {
    places: reasons.flatMap((reason, i) => (reason === undefined ? [i] : [])),
    leftOut: reasons.flatMap((reason, i) => (reason === undefined ? [] : [{ column: columns[i]!.id, why: reason }])),
  };
}

/** Meta-overfitting: against the baseline on the domains it was learned on, then on others. */
export function judgeOverfit(
  id: string,
  { method, baseline, metric }: Predicate & { kind: "overfit" },
  evidence: Evidence,
): Judged | string {
  const sides = measureSides(evidence, id);
  if (sides === undefined) return "there are no runs of it";
  const both = [method, baseline];
  const absent = both.filter((one) => !sides.metaTest.rows.has(one) || !sides.metaTrain.rows.has(one));
  const known = both.filter((one) => !absent.includes(one));
  const judged = (["metaTrain", "metaTest"] as const).map((side) => {
    const { places, leftOut } = placesOf(sides[side], known);
    const rows = cellsAt(sides[side].rows, known, places);
    return { columns: idsAt(sides[side], places), leftOut, rows, means: meansOf(rows) };
  });
  const [metaTrain, metaTest] = judged as [(typeof judged)[0], (typeof judged)[0]];
  const whole = absent.length === 0 && judged.every(({ columns }) => columns.length > 0);
  const set = ({ rows }: (typeof judged)[0], claimed: Contrast["claimed"]): Contrast =>
    contrastMethods([method, baseline], [rows.get(method)!, rows.get(baseline)!], claimed, metric);
  const none = { column: "meta-train sets", why: "no runs on them" };
  return {
    preset: sides.metaTest.preset,
    numerics: sides.metaTest.numerics,
    truth: whole ? overfits(method, baseline, metaTrain.means, metaTest.means) : { holds: undefined, incomplete: true },
    contrasts: whole ? [set(metaTrain, "less"), set(metaTest, "greater")] : [],
    deterministic: false,
    columns: judged.flatMap(({ columns }) => columns),
    leftOut: [...judged.flatMap(({ leftOut }) => leftOut), ...(sides.metaTrain.columns.length === 0 ? [none] : [])],
    absent,
    evidence: known.flatMap((of) => judged.flatMap(({ rows }) => rows.get(of)!.flatMap(({ runs }) => runs))),
  };
}

const idsAt = ({ columns }: Measurements, places: readonly number[]): string[] => places.map((i) => columns[i]!.id);

/** The tests of a predicate: against the strongest rival, or of every pair. */
function contrastsOf(
  predicate: MeansPredicate,
  rows: ReadonlyMap<string, readonly MeasuredCell[]>,
  means: Means,
): Contrast[] {
  const { metric, kind } = predicate;
  const set = (a: string, b: string, claimed: Contrast["claimed"], factor?: number): Contrast[] =>
    rows.has(a) && rows.has(b) ? [contrastMethods([a, b], [rows.get(a)!, rows.get(b)!], claimed, metric, factor)] : [];
  const better = isHigherBetter(metric) ? "greater" : "less";
  const worse = better === "greater" ? "less" : "greater";
  if (kind === "less") return predicate.a.flatMap((a) => predicate.b.flatMap((b) => set(a, b, "less")));
  if (kind === "ratio") {
    const { a, b, at_least, at_most } = predicate;
    return [
      ...(at_least === undefined ? [] : set(a, b, "greater", at_least)),
      ...(at_most === undefined ? [] : set(a, b, "less", at_most)),
    ];
  }
  const { method } = predicate;
  const others = new Map([...rows].filter(([id]) => id !== method));
  if (kind === "rank") return rankContrasts(predicate, means, (a, b, wins) => set(a, b, wins ? better : worse));
  const rival = strongest(others, metric, isHigherBetter(metric) === (kind === "best"));
  return rival === undefined ? [] : set(method, rival, kind === "best" ? better : worse);
}

/** For place k, against the one behind it; where the method is further back, against the one at place k, which it should
 *  beat; where it is further ahead, against the one behind it, which should beat it. Where another than the one named is
 *  first, that one against the named one. */
function rankContrasts(
  { method, metric, equals, first }: Predicate & { kind: "rank" },
  means: Means,
  set: (a: string, b: string, wins: boolean) => Contrast[],
): Contrast[] {
  const ranks = averageRanks(means, isHigherBetter(metric))!;
  const order = [...ranks].sort(([, x], [, y]) => x - y).map(([id]) => id);
  const { place } = placeOf(ranks, method);
  if (place === equals && first !== undefined && ranks.get(order[0]!)! < ranks.get(first)!)
    return set(first, order[0]!, true);
  const rivals = order.filter((id) => id !== method);
  const rival = rivals[Math.min(place < equals ? place - 1 : equals - 1, rivals.length - 1)]!;
  return set(method, rival, place >= equals);
}
