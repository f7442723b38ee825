import { h } from "preact";
import { renderToString } from "preact-render-to-string";
import { describe, expect, test } from "vitest";
import type { Plan } from "../../../src/records/plan.js";
import type { Experiment } from "../../../src/reporting/experiment.js";
import { paperResults } from "../../../src/reporting/paper/paper-results.js";
import type { ClaimVerdict } from "../../../src/reporting/paper/judged.js";
import { renderClaims } from "../../../src/reporting/paper/tables.js";
import { judgeClaims } from "../../../src/reporting/paper/verdicts.js";
import { Claims } from "../../../src/reporting/report/sections/claims.js";
import type { Evidence } from "../../../src/reporting/study-show.js";
import { analysis, evidence, experiment, inAll, type Values } from "./fixtures.js";

const judge = (id: string, held: Evidence): ClaimVerdict =>
  judgeClaims(held, id.replace(/^C(\d+).*/, "E$1")).find(({ claim }) => claim.id === id)!;

const UNTESTED = " Left out: 45 (not tested), 60 (not tested), 75 (not tested).";
const ROTATED = ["0", "15", "30"].map((angle) => `rotated-mnist/${angle}`);
const RIVALS = ["sgd", "sgd_momentum", "adam", "rmsprop", "l2o", "meta_curvature"];
const rivals = (values: readonly (number | undefined)[], domains = ROTATED): Values =>
  Object.fromEntries(RIVALS.map((method) => [method, inAll(domains, values)]));

describe("best in every column", () => {
  test("reproduced: true, and flipping the signs of the pairs against the strongest rival says so", () => {
    const values = { ...rivals([90, 91]), adam: inAll(ROTATED, [92, 93.5]), metamd: inAll(ROTATED, [95, 95.5]) };
    const found = judge("C2.1", evidence([experiment({ values })]));
    expect(found).toMatchObject({ verdict: "reproduced", p: 1 / 64, truth: { share: { held: 3, of: 3 } }, absent: [] });
    expect(found.contrasts).toMatchObject([
      { a: "metamd", b: "adam", pairs: 6, effect: { name: "d_z" }, rankBiserial: 1 },
    ]);
    expect(found.evidence).toHaveLength(42);
    expect(found.reason).toBe(
      "True at preset paper: in 3 of 3 columns. MetaMD above Adam: sign-flip permutation test over 6 pairs, p = 0.016, " +
        `d_z = 4.56.${UNTESTED}`,
    );
  });

  test("leaning: true, but a rival of the paper was not run", () => {
    const values = { sgd: inAll(ROTATED, [90, 91]), metamd: inAll(ROTATED, [95, 95.5]) };
    const found = judge("C2.1", evidence([experiment({ values })]));
    expect(found).toMatchObject({ verdict: "leaning", p: 1 / 64, absent: RIVALS.slice(1) });
    expect(found.reason).toContain("Not run: SGD-M, Adam, RMSprop, L2O, MetaCur.");
  });

  test("leaning: true, but not significant; fewer than five pairs can't tell, however far apart", () => {
    const values = { ...rivals([90, 95]), metamd: inAll(ROTATED, [99, 87]) };
    const found = judge("C2.1", evidence([experiment({ values })]));
    expect(found).toMatchObject({ verdict: "leaning", contrasts: [{ test: { test: "sign-flip permutation test" } }] });
    const one = ROTATED.slice(0, 1);
    const few = { ...rivals([90, 91], one), metamd: inAll(one, [95, 95.5]) };
    const two = judge("C2.1", evidence([experiment({ values: few })]));
    expect(two).toMatchObject({ verdict: "leaning", contrasts: [{ pairs: 2 }] });
    expect(two.p).toBeUndefined();
    expect(two.reason).toContain("2 pairs can't tell, 5 are the fewest that can");
    const against = { ...rivals([95, 95.5], one), metamd: inAll(one, [10, 10.5]) };
    expect(judge("C2.1", evidence([experiment({ values: against })])).verdict).toBe("inconclusive");
  });

  test.each(["desk", "synthetic", "mine"])("direction only, without a p: of preset %s", (preset) => {
    const against = { ...rivals([90, 91]), adam: inAll(ROTATED, [96, 97]), metamd: inAll(ROTATED, [95, 95.5]) };
    const found = judge("C2.1", evidence([experiment({ values: against, preset })]));
    expect(found).toMatchObject({ verdict: "direction only: against", contrasts: [], preset });
    expect(found.p).toBeUndefined();
    expect(found.reason).toBe(`False at preset ${preset}, below the paper's size: in 0 of 3 columns.${UNTESTED}`);
    const values = { ...rivals([90, 91]), metamd: inAll(ROTATED, [95, 95.5]) };
    expect(judge("C2.1", evidence([experiment({ values, preset })])).verdict).toBe("direction only: for");
  });

  test.each(["half", "extended", "literal"])("preset %s keeps its verdict", (preset) => {
    const values = { ...rivals([90, 91]), metamd: inAll(ROTATED, [95, 95.5]) };
    expect(judge("C2.1", evidence([experiment({ values, preset })]))).toMatchObject({
      verdict: "reproduced",
      p: 1 / 64,
    });
  });

  test("contradicted: false, and the strongest rival is significantly better", () => {
    const values = { ...rivals([90, 91]), adam: inAll(ROTATED, [96, 97]), metamd: inAll(ROTATED, [95, 95.5]) };
    const found = judge("C2.1", evidence([experiment({ values })]));
    expect(found).toMatchObject({ verdict: "contradicted", p: 1 / 64, truth: { share: { held: 0, of: 3 } } });
    expect(found.reason).toContain("False at preset paper: in 0 of 3 columns. MetaMD below Adam: ");
  });

  test("inconclusive: false in one column, though better over all; ties are false", () => {
    const metamd = { ...inAll(ROTATED, [95, 95.5]), [ROTATED[2]!]: [89, 90] };
    const found = judge("C2.1", evidence([experiment({ values: { ...rivals([90, 91]), metamd } })]));
    expect(found).toMatchObject({ verdict: "inconclusive", truth: { share: { held: 2, of: 3 } } });
    const without = judge("C2.1", evidence([experiment({ values: rivals([90, 91]) })]));
    expect(without).toMatchObject({ verdict: "not run", reason: "Not run: without MetaMD." });
    const equal = { ...rivals([90, 91]), metamd: inAll(ROTATED, [90, 91]) };
    expect(judge("C2.1", evidence([experiment({ values: equal })])).verdict).toBe("inconclusive");
  });

  test("columns of stand-in data and columns that are not finished are left out and named", () => {
    const metamd = { ...inAll(ROTATED, [95, 95.5]), [ROTATED[1]!]: [20, 20], [ROTATED[2]!]: [95, undefined] };
    const values = { ...rivals([90, 91]), metamd };
    const found = judge("C2.1", evidence([experiment({ values, standIn: [ROTATED[1]!] })]));
    expect(found).toMatchObject({ columns: [ROTATED[0]], verdict: "leaning" });
    expect(found.reason).toContain("Left out: 15 (stand-in data), 30 (MetaMD 1 of 2 missing), 45 (not tested),");
    const drawn = judge("C2.1", evidence([experiment({ values, standIn: ROTATED })]));
    expect(drawn).toMatchObject({ verdict: "not run", contrasts: [] });
    expect(drawn.reason).toMatch(/^Not run: 0: stand-in data; 15: stand-in data; .*; 75: not tested\.$/);
  });

  test("methods that the paper does not compare are no rivals", () => {
    const values = { ...rivals([90, 91]), kfac: inAll(ROTATED, [99, 99]), metamd: inAll(ROTATED, [95, 95.5]) };
    expect(judge("C2.1", evidence([experiment({ values })])).verdict).toBe("reproduced");
  });

  test("of desk runs there is a direction, of smoke runs none, of nothing none", () => {
    const values = { ...rivals([90, 91]), metamd: inAll(ROTATED, [95, 95.5]) };
    const of = (...presets: string[]): ClaimVerdict =>
      judge("C2.1", evidence(presets.map((preset) => experiment({ values, preset }))));
    expect(of("desk")).toMatchObject({ verdict: "direction only: for", preset: "desk" });
    expect(of("smoke", "desk")).toMatchObject({ verdict: "direction only: for", preset: "desk" });
    expect(of("smoke").reason).toBe("Not run: only smoke runs, which show no more than that the program works.");
    expect(of()).toMatchObject({ verdict: "not run", reason: "Not run: there are no runs of it." });
  });
});

describe("average ranks", () => {
  const sets = ["caltech256", "dtd", "flowers102", "pubfig83"];
  const others = ["sgd_momentum", "power_sign", "add_sign", "meta_sgd", "aruba", "aruba_plus", "meta_curvature"];
  const held = (adam: number[], metamd: number[], rest = [200, 210]): Evidence => {
    const values = {
      ...Object.fromEntries(
        others.map((one, i) => [
          one,
          inAll(
            sets,
            rest.map((area) => area + i),
          ),
        ]),
      ),
    };
    return evidence([
      experiment({
        id: "E5",
        metric: "auc",
        values: { ...values, adam: inAll(sets, adam), metamd: inAll(sets, metamd) },
      }),
    ]);
  };

  test("second behind Adam: tested against the third, on logarithms", () => {
    const found = judge("C5.2", held([50, 51], [90, 91]));
    expect(found).toMatchObject({
      verdict: "reproduced",
      contrasts: [{ a: "metamd", b: "sgd_momentum", onLogs: true }],
    });
    expect(found.reason).toMatch(/average rank 2, place 2 of 9\. MetaMD below SGD-M: .* of logarithms, p = 0\.0039/);
  });

  test("first instead of second is contradicted by those behind it", () => {
    const found = judge("C5.2", held([90, 91], [50, 51]));
    expect(found).toMatchObject({
      verdict: "contradicted",
      contrasts: [{ a: "metamd", b: "adam", claimed: "greater" }],
    });
  });

  test("third is contradicted by the one in its place; second behind another, by that one", () => {
    expect(judge("C5.2", held([50, 51], [205, 211]))).toMatchObject({
      verdict: "contradicted",
      contrasts: [{ b: "sgd_momentum", claimed: "less" }],
    });
    expect(judge("C5.2", held([300, 301], [200.5, 210.5]))).toMatchObject({
      verdict: "contradicted",
      truth: { found: "average rank 2, place 2 of 9" },
      contrasts: [{ a: "adam", b: "sgd_momentum", claimed: "less" }],
    });
  });

  test("with rivals absent, who is second cannot be said", () => {
    const values = { adam: inAll(sets, [1, 2]), metamd: inAll(sets, [2, 3]), sgd_momentum: inAll(sets, [4, 5]) };
    const found = judge("C5.2", evidence([experiment({ id: "E5", metric: "auc", values })]));
    expect(found).toMatchObject({ verdict: "not run" });
    expect(found.reason).toMatch(/^Not run: without PowerSign/);
  });

  test("a diverged run ranks last, and the test is on signed ranks", () => {
    const found = judge("C5.2", held([50, 51], [90, 91], [200, Infinity]));
    expect(found).toMatchObject({ verdict: "reproduced" });
    expect(found.reason).toContain("sign-flip permutation test on signed ranks over 8 pairs");
  });
});

describe("less than every other", () => {
  const digits = ["mnist", "usps"];
  test("all pairs must be significant, corrected for their number", () => {
    const values = {
      sgd: inAll(digits, [9, 8, 9.5]),
      sgd_momentum: inAll(digits, [5, 6, 5.5]),
      metamd: inAll(digits, [3, 4, 3.5]),
    };
    const found = judge("C3.2", evidence([experiment({ id: "E3", metric: "auc", values })]));
    expect(found).toMatchObject({ verdict: "reproduced", p: 2 / 64 });
    expect(found.contrasts.map(({ b, p }) => [b, p])).toEqual([
      ["sgd", 2 / 64],
      ["sgd_momentum", 2 / 64],
    ]);
  });

  test("false in a column, and one reverse significant: contradicted", () => {
    const values = {
      sgd: inAll(digits, [9, 8, 9.5]),
      sgd_momentum: inAll(digits, [2, 3, 2.5]),
      metamd: inAll(digits, [3, 4, 3.5]),
    };
    expect(judge("C3.2", evidence([experiment({ id: "E3", metric: "auc", values })]))).toMatchObject({
      verdict: "contradicted",
      p: 2 / 64,
    });
  });

  test("worst everywhere", () => {
    const values = {
      ...rivals([90, 91, 90.5], digits),
      l2o: inAll(digits, [80, 82, 81]),
      metamd: inAll(digits, [95, 96, 95.5]),
    };
    const both = ["paper", "extended"].map((preset) => experiment({ id: "E3", preset, values }));
    const found = judge("C3.3", evidence(both));
    expect(found).toMatchObject({ verdict: "reproduced", contrasts: [{ a: "l2o", claimed: "less" }] });
  });
});

describe("what analyses decide", () => {
  const times = (kfac: number, std = 1): Evidence =>
    evidence(
      [],
      [
        analysis({
          kind: "step-times",
          config: { experiment: "E4" },
          batchSize: 128,
          image: "32x32x3",
          rows: [
            {
              method: "metamd",
              mean: 100,
              std,
              blocks: 10,
              blockSteps: 10,
              gradient: 90,
              preconditioning: 5,
              update: 5,
            },
            {
              method: "kfac/every-step",
              mean: kfac,
              std,
              blocks: 10,
              blockSteps: 10,
              gradient: 90,
              preconditioning: 5,
              update: 5,
            },
          ],
        }),
      ],
    );

  test("ratios of times, by Welch's test of logarithms against the limit", () => {
    expect(judge("C4.4", times(160))).toMatchObject({ verdict: "reproduced", truth: { found: "ratio 1.6" } });
    expect(judge("C4.4", times(152, 30))).toMatchObject({ verdict: "leaning" });
    expect(judge("C4.4", times(140))).toMatchObject({ verdict: "contradicted" });
    expect(judge("C4.4", times(148, 30))).toMatchObject({ verdict: "inconclusive" });
  });

  test("counts of meta-parameters need no test", () => {
    const rows = [
      { method: "metamd", count: 5, byBlock: {} },
      { method: "meta_sgd", count: 50, byBlock: {} },
      { method: "meta_curvature", count: 20, byBlock: {} },
    ];
    const of = (held: typeof rows): ClaimVerdict =>
      judge("C5.7", evidence([], [analysis({ kind: "meta-parameters", modelParameters: 9, rows: held })]));
    const found = of(rows);
    expect(found).toMatchObject({ verdict: "reproduced", contrasts: [] });
    expect(found.reason).toBe("True at preset paper: in 1 of 1 column. A count, which needs no test.");
    expect(found).not.toHaveProperty("p");
    expect(of([{ ...rows[0]!, count: 30 }, ...rows.slice(1)]).verdict).toBe("contradicted");
    expect(of(rows.slice(0, 2)).reason).toBe("Not run: without MetaCur.");
  });

  test("iterations on quadratics pair by task; a task that was given up needs infinitely many", () => {
    const of = (family: string, method: string, base: number, failed = false) =>
      analysis(
        { kind: "quadratic", config: { experiment: "E1" }, family, method, variant: "tuned" } as never,
        [0, 1, 2, 3, 4, 5].map((task) => ({ task, iterations: base + task, converged: failed && task === 0 ? 0 : 1 })),
      );
    const held = (failed: boolean): Evidence =>
      evidence(
        [],
        ["top", "bottom"].flatMap((family) => [
          of(family, "metamd", 20, failed),
          ...["sgd", "sgd_momentum", "adam"].map((method, i) => of(family, method, 100 + i)),
        ]),
      );
    expect(judge("C1.1", held(false))).toMatchObject({ verdict: "reproduced", contrasts: [{ b: "sgd", pairs: 12 }] });
    expect(judge("C1.1", held(true)).verdict).toBe("inconclusive");
  });

  test("an analysis that is made smaller has a direction only, and comes after one that is not", () => {
    const of = (family: string, method: string, base: number, more: object) =>
      analysis(
        { kind: "quadratic", config: { experiment: "E1" }, family, method, variant: "tuned", ...more } as never,
        [0, 1, 2].map((task) => ({ task, iterations: base + task, converged: 1 })),
      );
    const all = (metamd: number, more: object = {}) =>
      ["top", "bottom"].flatMap((family) =>
        ["metamd", "sgd", "sgd_momentum", "adam"].map((method, i) =>
          of(family, method, i === 0 ? metamd : 100 + i, more),
        ),
      );
    const smaller = all(200, { ownSize: ["test.tasks"] });
    expect(judge("C1.1", evidence([], smaller))).toMatchObject({
      verdict: "direction only: against",
      preset: "paper, made smaller",
      contrasts: [],
    });
    expect(judge("C1.1", evidence([], [...smaller, ...all(20)]))).toMatchObject({ verdict: "reproduced" });
    const smoke = all(200, { preset: "smoke", ownSize: ["test.tasks"] });
    expect(judge("C1.1", evidence([], smoke)).reason).toContain("only smoke runs");
  });

  test("eigenvalues of trained models, compared on equal numbers of images", () => {
    const look = (method: string, dataset: string, trial: number, value: number, images = 1024) =>
      analysis({ kind: "sharpness", method, dataset, trial, images, eigenvalues: [value], runs: ["00000000000000aa"] });
    const all = [0, 1, 2].flatMap((trial) =>
      ["dtd", "caltech256"].flatMap((dataset) => [
        look("metamd", dataset, trial, 3 + trial / 8),
        look("sgd", dataset, trial, 9 + trial / 4),
      ]),
    );
    expect(judge("C6.1", evidence([], all))).toMatchObject({
      verdict: "reproduced",
      p: 1 / 64,
      contrasts: [{ onLogs: true }],
    });
    const more = judge("C6.1", evidence([], [...all, look("metamd", "dtd", 0, 50, 4096)]));
    expect(more.leftOut[0]).toEqual({ column: "dtd", why: "SGD no model looked at on 4096 images" });
    const elsewhere = all.map(({ record, store }) => ({ store, record: { ...record, config: { experiment: "E2" } } }));
    expect(judge("C6.1", evidence([], elsewhere)).verdict).toBe("not run");
  });

  test("ranks of features are of the models that landscape.yaml trains for both figures", () => {
    const look = (method: string, dataset: string, trial: number, score: number) =>
      analysis({
        kind: "rank",
        config: { experiment: "E6" },
        method,
        dataset,
        trial,
        score,
        split: "test",
        images: 80,
        runs: ["00000000000000aa"],
      } as never);
    const all = [0, 1, 2].flatMap((trial) =>
      ["dtd", "caltech256"].flatMap((dataset) => [
        look("metamd", dataset, trial, 3 + trial / 8),
        look("sgd", dataset, trial, 9 + trial / 4),
      ]),
    );
    expect(judge("C7.1", evidence([], all))).toMatchObject({ verdict: "reproduced", p: 1 / 64 });
    expect(judge("C6.1", evidence([], all)).verdict).toBe("not run");
  });

  test("the certificate: the corrected bound, where the theorem's conditions hold", () => {
    const row = { setting: "top", preconditioner: "identity", tasks: 32, steps: 100, eta: 1, c: 1, r: 8, delta: 0.05 };
    const rows = [0.97, 1].map((coverageCorrected) => ({ ...row, coverageCorrected, violated: [] as string[] }));
    const of = (...more: typeof rows): ClaimVerdict =>
      judge("C10.1", evidence([], [analysis({ kind: "certificate", part: "A", rows: [...rows, ...more] } as never)]));
    expect(of()).toMatchObject({ verdict: "reproduced", truth: { share: { held: 2, of: 2 } } });
    expect(of({ ...row, coverageCorrected: 0.9, violated: [] }).verdict).toBe("contradicted");
    const violated = of({ ...row, coverageCorrected: 0.9, violated: ["eta too large"] });
    expect(violated.verdict).toBe("reproduced");
    expect(violated.reason).toContain("(eta too large)");
  });
});

describe("meta-overfitting", () => {
  const trained = ["aircraft", "pets"];
  const tested = ["dtd", "flowers102"];
  const side = (domains: string[], method: number[], baseline: number[], learnedOn: string[]) =>
    experiment({
      id: "E5",
      metric: "auc",
      learnedOn,
      values: { meta_curvature: inAll(domains, method), sgd_momentum: inAll(domains, baseline) },
    });
  test("needs runs on both kinds of domains", () => {
    const test = side(tested, [9, 9.5, 9.2], [5, 5.5, 5.2], trained);
    const found = judge("C5.4", evidence([side(trained, [4, 4.5, 4.2], [5, 5.5, 5.2], trained), test]));
    expect(found).toMatchObject({ verdict: "reproduced", p: 2 / 64, truth: { share: { held: 4, of: 4 } } });
    expect(judge("C5.4", evidence([test]))).toMatchObject({
      verdict: "not run",
      reason: "Not run: meta-train sets: no runs on them.",
    });
    const false_ = judge("C5.4", evidence([side(trained, [7, 7.5, 7.2], [5, 5.5, 5.2], trained), test]));
    expect(false_.verdict).toBe("contradicted");
  });
});

describe("a shift of the weight decay", () => {
  const digits = ["mnist", "usps", "svhn"];
  const weightDecays = [0, 1e-4, 1e-3];
  const shifted = (values: Values): Evidence =>
    evidence([experiment({ id: "E9", metric: "auc", values, weightDecays })]);
  const sgd = inAll(digits, [9, 10, 12, 9.5, 10.5, 12.5]);
  const adam = inAll(digits, [5, 6, 8, 5.5, 6.5, 8.5]);

  test("columns are weight decays, pairs are domains and trials", () => {
    const found = judge("C9.1", shifted({ sgd, adam, metamd: inAll(digits, [3, 3.1, 3.2, 3.2, 3.3, 3.4]) }));
    expect(found).toMatchObject({
      verdict: "reproduced",
      columns: ["0", "0.0001", "0.001"],
      contrasts: [{ pairs: 18 }],
    });
  });

  test("relative ranges, by domain", () => {
    const values = { sgd, adam, metamd: inAll(digits, [3, 3.1, 3.2, 3.2, 3.3, 3.4]) };
    expect(judge("C9.2", shifted(values))).toMatchObject({ verdict: "reproduced", columns: digits, p: 2 / 64 });
    const diverged = { ...values, metamd: inAll(digits, [3, Infinity, 3.2, 3.2, 3.3, 3.4]) };
    expect(judge("C9.2", shifted(diverged)).verdict).toBe("inconclusive");
  });

  test("a domain that is not finished is left out for all", () => {
    const metamd = { ...inAll(digits, [3, 3.1, 3.2, 3.2, 3.3, 3.4]), usps: [3, undefined, 3.2, 3.2, 3.3, 3.4] };
    expect(judge("C9.1", shifted({ sgd, adam, metamd }))).toMatchObject({ contrasts: [{ pairs: 12 }] });
    expect(judge("C9.2", shifted({ sgd, adam, metamd })).leftOut).toMatchObject([{ column: "usps" }]);
  });
});

test("every claim has a verdict and a reason, whatever there is", () => {
  const found = judgeClaims(evidence([]));
  expect(found.map(({ claim }) => claim.id)).toEqual(paperResults().claims.map(({ id }) => id));
  for (const { verdict, reason } of found) expect([verdict, reason.slice(0, 9)]).toEqual(["not run", "Not run: "]);
  expect(judgeClaims(evidence([]), "E9")).toHaveLength(2);
});

describe("a claim that takes two presets", () => {
  const domains = ["mnist", "usps"];
  const compared = ["sgd", "sgd_momentum", "adam", "rmsprop", "l2o", "meta_curvature", "metamd"];
  /** E3 at a preset, L2O at these accuracies and the others at 90 and some. */
  const at = (preset: string, l2o: readonly number[], more?: Partial<Plan>): Experiment =>
    experiment({
      id: "E3",
      preset,
      more,
      values: Object.fromEntries(
        compared.map((method) => [method, inAll(domains, method === "l2o" ? l2o : [90, 91, 92, 93])]),
      ),
    });
  const poor = [10, 11, 12, 14];
  const good = [94, 95, 96, 98];

  test("is not judged on one of them, and the missing one is named", () => {
    const paper = judge("C3.3", evidence([at("paper", poor)]));
    expect(paper).toMatchObject({ verdict: "not run", contrasts: [] });
    expect(paper.reason).toBe(
      "Not run: it takes presets paper and extended; preset extended: there are no runs of it.",
    );
    const desk = judge("C3.3", evidence([at("extended", poor), at("desk", poor)]));
    expect(desk.reason).toBe("Not run: it takes presets paper and extended; preset paper: there are no runs of it.");
  });

  test("holds where it holds in both, on the runs of both", () => {
    const both = [at("paper", poor), at("extended", poor)];
    const found = judge("C3.3", evidence(both));
    expect(found).toMatchObject({ verdict: "reproduced", truth: { holds: true } });
    expect(found.reason).toMatch(/ At preset (paper|extended): reproduced\.$/);
  });

  test.each([
    ["paper", "extended"],
    ["extended", "paper"],
  ])("takes the weaker verdict: at preset %s it is true, at %s it is not", (yes, no) => {
    const found = judge("C3.3", evidence([at(yes, poor), at(no, good)]));
    expect(found).toMatchObject({ verdict: "contradicted", preset: no, truth: { holds: false } });
    expect(found.reason).toMatch(new RegExp(` At preset ${yes}: reproduced\\.$`));
  });

  test("says in text, CSV and the report which one is missing", () => {
    const held = evidence([at("paper", poor)]);
    const missing = "preset extended: there are no runs of it";
    for (const format of ["text", "csv", "markdown"] as const)
      expect(renderClaims(judgeClaims(held, "E3"), format).replace(/\s+/g, " "), format).toContain(missing);
    expect(renderToString(h(Claims, { evidence: held }))).toContain(missing);
  });

  test("is not judged on two versions of the numerics", () => {
    const found = judge("C3.3", evidence([at("paper", poor), at("extended", poor, { numerics: 1 })]));
    expect(found.reason).toBe("Not run: presets paper and extended were run with numerics 2 and 1.");
  });
});
