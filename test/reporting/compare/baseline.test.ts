import { describe, expect, test } from "vitest";
import {
  compareWithBaseline,
  learnedMethods,
  type BaselineComparison,
} from "../../../src/reporting/compare/baseline.js";
import { renderStatistics } from "../../../src/reporting/compare/baseline-tables.js";
import { METRICS, measureTrials, type Metric } from "../../../src/reporting/measured/trials.js";
import { experiment, inAll, type Values } from "../paper/fixtures.js";

const DOMAINS = ["mnist", "usps", "svhn"];
const LEARNED = ["metamd"];
const of = (metric: Metric["id"], values: Values, standIn: string[] = []): BaselineComparison =>
  compareWithBaseline(measureTrials(experiment({ metric, values, standIn, learned: LEARNED }), METRICS[metric]));

describe("every method against the best baseline", () => {
  const values = {
    sgd: inAll(DOMAINS, [80, 81]),
    adam: inAll(DOMAINS, [90, 91]),
    metamd: inAll(DOMAINS, [95, 95.5]),
  };

  test("which is the best mean of those that are not learned", () => {
    const found = of("accuracy", values);
    expect(found.baseline).toMatchObject({ method: "adam" });
    expect(found.overall).toMatchObject([
      { method: "sgd", pairs: 6, dz: undefined, rankBiserial: -1 },
      { method: "metamd", pairs: 6, rankBiserial: 1 },
    ]);
    expect(found.overall.map(({ difference }) => difference!.toFixed(6))).toEqual(["-10.000000", "4.750000"]);
    expect(found.overall[1]!.wilcoxon.p).toBe(2 / 64);
    expect(found.overall.map(({ wilcoxonHolm }) => wilcoxonHolm)).toEqual([4 / 64, 4 / 64]);
    expect(found.byColumn).toHaveLength(6);
    expect(found.byColumn[0]).toMatchObject({ method: "sgd", column: "mnist", pairs: 2 });
    expect(found.ranks).toMatchObject({ meanRanks: [3, 2, 1], columns: 3, friedman: { statistic: 6 } });
    expect(found.intervals).toHaveLength(9);
  });

  test("areas as ratios on logarithms; a diverged run makes the ratio infinite, and ranks still tell", () => {
    const areas = { adam: inAll(DOMAINS, [2, 3]), sgd: inAll(DOMAINS, [8, 12]), metamd: inAll(DOMAINS, [1, Infinity]) };
    const found = of("auc", areas);
    expect(found.overall[0]!.difference).toBeCloseTo(4, 12);
    expect(found.overall[1]).toMatchObject({
      difference: Infinity,
      dz: undefined,
      pairedT: { undefinedBecause: "a value is not finite" },
    });
    expect(found.overall[1]!.wilcoxon.p).toBeGreaterThan(0.3);
    expect(renderStatistics(found, "text")).toMatch(/MetaMD +6 +infinite +0\.\d+ +\S+ +- +- +- /);
  });

  test("without a baseline, or without numbers, there is nothing to compare", () => {
    const alone = of("accuracy", { metamd: inAll(DOMAINS, [95, 95.5]) });
    expect(alone).toMatchObject({ baseline: undefined, overall: [], byColumn: [] });
    expect(renderStatistics(alone, "text")).toContain("No baseline has a number in every column.");
    expect(renderStatistics(alone, "csv")).toContain("pairs,difference,wilcoxon_p");
    const lost = of("accuracy", { ...values, adam: { ...inAll(DOMAINS, [90, 91]), svhn: [undefined, undefined] } });
    expect(lost).toMatchObject({ baseline: { method: "sgd" }, ranks: { columns: 2 } });
    expect(lost.byColumn.find(({ method, column }) => method === "adam" && column === "svhn")).toMatchObject({
      pairs: 0,
      difference: undefined,
      wilcoxon: { undefinedBecause: "0 pairs can't tell, 5 are the fewest that can" },
    });
  });

  test("the first of equal means, however they were rounded", () => {
    const [below, above] = [{ mnist: [95.5, 95.7, 95.6] }, { mnist: [95.5, 95.6, 95.7] }];
    expect(of("accuracy", { sgd: below, adam: above, metamd: above })).toMatchObject({
      baseline: { method: "sgd" },
      ranks: { meanRanks: [2, 2, 2], friedman: { undefinedBecause: "fewer than two datasets" } },
    });
  });

  test("on images, where the records say how many: equal differences are ties, a diverged run counts as chance", () => {
    const percent = (counts: readonly number[]): number[] => counts.map((count) => 100 * (count / 2007));
    const counted = (images: number | undefined): BaselineComparison => {
      const values = {
        sgd: { usps: [...percent([1900, 1907, 1903, 1911]), Infinity] },
        metamd: { usps: percent([1903, 1910, 1900, 1914, 1899]) },
      };
      const held = experiment({ values, learned: LEARNED, ...(images !== undefined && { images }) });
      return compareWithBaseline(measureTrials(held, METRICS.accuracy));
    };
    for (const { overall } of [counted(2007), counted(undefined)])
      expect(overall).toMatchObject([{ pairs: 5, wilcoxon: { p: 10 / 32, statistic: 2.5 }, rankBiserial: 10 / 15 }]);
    const scaled = 100 / 2007 / 5;
    expect(counted(2007).overall[0]!.difference).toBeCloseTo((3 + 3 - 3 + 3 + 1899 - 200.7) * scaled, 12);
  });

  test("the bootstrap's interval is shown from fifteen values on, Student's always", () => {
    const trials = (n: number): number[] => Array.from({ length: n }, (_none, i) => 90 + ((i * 11) % n) / 10);
    const few = of("accuracy", { adam: { mnist: trials(14) }, metamd: { mnist: trials(14) } });
    expect(few.intervals[0]).toMatchObject({
      n: 14,
      t: [expect.any(Number), expect.any(Number)],
      bootstrap: undefined,
    });
    const some = of("accuracy", { adam: { mnist: trials(14) }, metamd: { mnist: trials(15) } });
    expect(some.intervals.map(({ bootstrap }) => bootstrap !== undefined)).toEqual([false, true]);
    expect(renderStatistics(few, "text")).toMatch(/column +n +mean +Student's t\n/);
    expect(renderStatistics(some, "text")).toMatch(/Adam +mnist +14 +90\.65 +90\.\d\d to 90\.\d\d +-\n/);
    expect(renderStatistics(some, "csv")).toMatch(
      /\nadam,mnist,14,90\.6\d*,90\.\d+,90\.\d+,,,2\nmetamd,mnist,15,(\d+\.\d+,){5}2\n/,
    );
  });

  test("rendered", () => {
    const found = of("accuracy", values, ["svhn"]);
    const text = renderStatistics(found, "text");
    expect(text).toContain("Test accuracy in percent (small, synthetic data): two-sided tests, paired by trial");
    expect(text).toContain("Against Adam, the baseline of the highest mean of those that are not learned");
    expect(text).toContain(
      "Friedman test: statistic 6.000, p = 0.050; Iman-Davenport test: statistic infinite, p = <0.0001",
    );
    expect(text).toContain("mean ranks 1.91 apart differ at 5 % (Nemenyi, 3 columns).");
    expect(renderStatistics(found, "markdown")).toContain("| MetaMD | 6 | 4.75 | 0.031 | 0.063 |");
    const [tests, intervals, ranks] = renderStatistics(found, "csv").split("\n\n");
    expect(tests!.split("\n")[2]).toMatch(/^metamd,adam,all,6,4\.75\d*,0\.03125,0\.0625,/);
    expect(intervals!.split("\n")[1]).toMatch(/^sgd,mnist,2,80\.5,74\.\d+,86\.\d+,,,2$/);
    expect(ranks!.split("\n")[3]).toMatch(/^metamd,1,3,0\.0497\d*,0,1\.9\d+,2$/);
  });
});

test("learned methods are those with meta-training, or trained on other domains", () => {
  const { plan } = experiment({ values: { sgd: { mnist: [1] } } });
  expect([...learnedMethods(plan)]).toEqual([]);
  const learned = experiment({ values: { metamd: { mnist: [1] } }, learnedOn: ["usps"] });
  expect([...learnedMethods(learned.plan)]).toEqual(["metamd"]);
});
