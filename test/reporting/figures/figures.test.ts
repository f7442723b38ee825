import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../../src/core/files.js";
import { EXIT } from "../../../src/core/errors.js";
import { NUMERICS } from "../../../src/records/numerics.js";
import { readEvidence } from "../../../src/reporting/evidence.js";
import type { Evidence } from "../../../src/reporting/study-show.js";
import { isNotRun, type Panel } from "../../../src/reporting/figures/figure.js";
import { figuresOf } from "../../../src/reporting/figures/index.js";
import { makeFigure, type MadeFigure, type MakeOptions } from "../../../src/reporting/figures/make-figure.js";
import { spreadOf } from "../../../src/reporting/measured/curves.js";
import { experimentName, namesAmong } from "../../../src/reporting/figures/searches.js";
import { render } from "../../../src/reporting/figures/render.js";
import { csvOf } from "../../../src/reporting/figures/write-figures.js";
import { extremes } from "../../../src/reporting/figures/figure-texts.js";
import { paperResults } from "../../../src/reporting/paper/paper-results.js";
import { scratchFolder } from "../../support/folder.js";
import {
  lossAt,
  STEPS,
  trialRun,
  tuneRun,
  writeHypergradients,
  writeQuadratics,
  writeRuns,
  writeSolutions,
  type Run,
} from "./fixtures.js";
import { everything } from "../../support/require.js";
import { SHOWS } from "../../support/studies.js";

const results = join(scratchFolder(), "results");
const METHODS = ["sgd", "adam", "metamd"];
const [ZERO, FIFTEEN] = ["rotated-mnist/0", "rotated-mnist/15"] as const;
const DIGITS = ["mnist", "svhn"] as const;
const PHOTOS = ["dtd", "pubfig83"] as const;
const trials = (domains: readonly string[]): Run[] =>
  domains.flatMap((domain) => METHODS.flatMap((method) => [0, 1].map((trial) => trialRun(method, domain, trial))));
const diverged = { steps: 25, more: { state: "diverged" }, metrics: { testAccuracy: 0.1, auc: Infinity } } as const;

writeRuns(
  results,
  "E2",
  [ZERO, FIFTEEN],
  [
    ...trials([ZERO, FIFTEEN]),
    ...METHODS.flatMap((method) => [tuneRun(method, ZERO, 0.01, 0.25), tuneRun(method, ZERO, 0.1, 0.75)]),
  ],
);
writeRuns(results, "E3", DIGITS, [
  ...trials(["mnist"]),
  ...["sgd", "metamd"].flatMap((method) => [trialRun(method, "svhn", 0), trialRun(method, "svhn", 1)]),
  ...[trialRun("adam", "svhn", 0), trialRun("adam", "svhn", 1, diverged)],
]);
writeRuns(results, "E5", PHOTOS, trials(PHOTOS));
writeRuns(
  results,
  "E9",
  DIGITS,
  DIGITS.flatMap((domain) =>
    METHODS.flatMap((method) =>
      [0, 1e-4].map((weightDecay) =>
        trialRun(method, domain, 0, {
          more: { selected: { learningRate: 0.1, weightDecay, gridEdge: [] } },
          metrics: { auc: (method === "metamd" ? 5 : 10) + (method === "adam" ? 20_000 : 10_000) * weightDecay },
        }),
      ),
    ),
  ),
);
const VARIANTS = {
  direct: { of: "metamd", metaTraining: { mode: "direct" } },
  momentum: { of: "metamd", methodSettings: { momentum: 0.9 } },
  "ift-only": { of: "metamd", metaTraining: { mode: "ift-only" } },
};
writeRuns(
  results,
  "ablation",
  [ZERO],
  ["sgd", "metamd", "metamd/direct", "metamd/momentum", "metamd/ift-only"].flatMap((method) => [
    tuneRun(method, ZERO, 0.1, 0.75),
    trialRun(method, ZERO, 0),
    trialRun(method, ZERO, 1, method === "metamd/ift-only" ? diverged : {}),
  ]),
  { name: "ablation", experiment: undefined, variants: VARIANTS },
);
writeQuadratics(results);
writeSolutions(results);
writeHypergradients(results);
const evidence = readEvidence(results, SHOWS);
const FIGURES = figuresOf(SHOWS);
const FIGURE_IDS = Object.keys(FIGURES);

async function made(id: string, options: MakeOptions = {}): Promise<MadeFigure> {
  const one = await makeFigure(evidence, id, options);
  if (isNotRun(one)) throw new Error(one.missing);
  return one;
}

/** Standard deviation and mean of two trials, as a CSV file has them. */
const SPREAD = `${spreadOf([50, 60]).std},10.5,${spreadOf([10, 11]).std}`;
/** The numbers behind a figure, without the last column, which says the numerics of each. */
function csv({ data }: MadeFigure, name: string): string {
  const [heading, ...rows] = csvOf(data.find((one) => one.name === name)!)
    .trimEnd()
    .split("\n");
  expect(heading).toMatch(/,numerics$/);
  for (const row of rows) expect(row).toMatch(new RegExp(`,${NUMERICS}$`));
  return [heading, ...rows].map((line) => `${line!.replace(/,[^,]*$/, "")}\n`).join("");
}
const texts = ({ svg }: MadeFigure): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((found) => found[1]!);

const ALL_WIDTHS = [
  ["double", 6.9],
  ["single", 3.3],
] as const;
const WIDTHS = everything ? ALL_WIDTHS : ALL_WIDTHS.slice(0, 1);

describe("the figures", () => {
  it("are all of the paper's, of the experiments that it names, and in the docs", () => {
    const docs = readFileSync(join(packageRoot(), "docs/figures.md"), "utf8");
    for (const { id, experiment } of paperResults().figures) {
      expect(FIGURE_IDS).toContain(id);
      expect(experiment).toContain(FIGURES[id]!.experiment);
    }
    for (const id of FIGURE_IDS) expect(docs).toContain(`| \`${id}\``);
  });

  it.each(FIGURE_IDS)("say what makes their records where there are none: %s", async (id) => {
    const nothing: Evidence = { results, experiments: [], analyses: [], studies: SHOWS };
    const one = await makeFigure(nothing, id);
    expect(isNotRun(one) && one.missing).toMatch(/^no /);
    expect(isNotRun(one) && one.command).toMatch(/^metamd (run|tune|analyse|quadratic)/);
  });

  it.each(FIGURE_IDS)(
    "are accessible, of the printed size, the same every time, and need nothing else: %s",
    async (id) => {
      for (const [width, inches] of WIDTHS) {
        const one = await made(id, { width });
        const { svg, title, alt } = one;
        expect(svg).toMatch(
          new RegExp(`^<svg [^>]*role="img"[^>]*width="${inches}in" height="[\\d.]+in" viewBox="0 0 `),
        );
        expect(svg).toContain(`<title id="figure-${id}-title">${title}</title><desc id="figure-${id}-desc">`);
        expect(alt).toMatch(/^[A-Z].*\d.*\.$/);
        expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(
          /<script|<image|href|https?:|NaN|undefined|Infinity/,
        );
        const ids = [...svg.matchAll(/ (?:id="|clip-path="url\(#)([^")]*)/g)].map((found) => found[1]!);
        expect(ids.filter((one) => !one.startsWith(`figure-${id}`))).toEqual([]);
        for (const found of svg.matchAll(/font-size="([\d.]+)px"/g)) expect(Number(found[1])).toBeGreaterThanOrEqual(7);
        const again = await makeFigure(readEvidence(results, SHOWS), id, { width });
        expect(again).toEqual(one);
      }
    },
  );

  it.each(["fig2", "fig3", "fig4", "fig5", "fig6", "fig9"])(
    "name every method, and have a dash and a marker for each: %s",
    async (id) => {
      const one = await made(id);
      expect(texts(one)).toEqual(expect.arrayContaining(["SGD", "Adam", "MetaMD"]));
      for (const method of METHODS) expect(one.svg).toContain(`var(--figure-${method},`);
    },
  );

  it("list the known ones when asked for another", async () => {
    await expect(makeFigure(evidence, "fig22")).rejects.toMatchObject({
      exitCode: EXIT.usage,
      message: `figure: unknown name "fig22"\n  accepted: ${FIGURE_IDS.join(", ")}\n  hint: did you mean fig2?`,
    });
  });
});

/** The texts of a figure in bold, each with its height in the whole picture. */
function boldTexts({ svg }: Pick<MadeFigure, "svg">): { readonly text: string; readonly y: number }[] {
  const above = [0];
  const found: { text: string; y: number }[] = [];
  for (const [, close, tag, attributes, text] of svg.matchAll(/<(\/?)(g|text)\b([^>]*)>([^<]*)/g)) {
    const y = above.at(-1)! + Number(/translate\([^,)]*,([^)]*)\)/.exec(attributes!)?.[1] ?? 0);
    if (tag === "text" && close === "" && attributes!.includes('font-weight="bold"')) found.push({ text: text!, y });
    if (tag === "g" && close === "/") above.pop();
    if (tag === "g" && close === "" && !attributes!.endsWith("/")) above.push(y);
  }
  return found;
}

it("has the headings of a row at one height, also where only one panel's axis has a label at its end", async () => {
  const panel = (title: string, top: number): Panel => ({
    title,
    kind: "line",
    x: { title: "Step", scale: "linear" },
    y: { title: "Loss", scale: "linear", domain: [0, top] },
    points: [0, 1].map((x) => ({ method: "sgd", x, y: x })),
    marked: [],
    ends: [],
  });
  const panels = [panel("ends at a tick", 1), panel("ends between ticks", 1.1)];
  const drawing = { title: "One", alt: "One.", caption: "", panels, columns: { single: 2, double: 2 }, data: [] };
  const legend = [{ method: "sgd", name: "SGD" }];
  const { svg } = await render({ ...drawing, legend }, "figure-one", "double");
  const heights = boldTexts({ svg }).map(({ y }) => y);
  expect(heights).toHaveLength(2);
  expect(heights[0]).toBe(heights[1]);
});

describe("learning curves", () => {
  it("are means over windows, holdouts and trials", async () => {
    const one = await made("fig2");
    const [heading, first] = csv(one, "fig2_left").split("\n");
    expect(heading).toBe("step,method,loss_mean,loss_std,epoch,seconds,runs,diverged");
    // 60 steps make 6 of the AUC's windows, too few to draw: 20 of 3 steps.
    const window = (trial: number): number => [1, 2, 3].reduce((sum, step) => sum + lossAt("sgd", step, trial), 0) / 3;
    const cells = first!.split(",").map(Number);
    expect(first).toMatch(/^3,sgd,/);
    expect(cells[2]).toBeCloseTo((window(0) + window(1)) / 2, 12);
    expect(cells.slice(4)).toEqual([0.1, 0.3, 4, 0]);
    expect(one.caption).toContain("over 2 holdouts, 4 runs a method; band from the smallest to the largest");
    expect(one.caption).toContain("means over 3 steps");
    expect(one.caption).toContain("Left out: no finished trial of E4; metamd run --config configs/cifar10.yaml");
    expect(texts(one)).toEqual(expect.arrayContaining(["RotatedMNIST", "Training step", "Training loss"]));
  });

  it("may be drawn by step, epoch and wall-clock time", async () => {
    expect(texts(await made("fig3"))).toContain("Epoch");
    expect(texts(await made("fig3", { by: "step" }))).toContain("Training step");
    const byTime = await made("fig3", { by: "time" });
    expect(texts(byTime)).toContain("Wall-clock time (s)");
    expect(byTime.caption).toContain("Time is the mean over the runs at the same step.");
    expect(byTime.svg).toContain("<title>SGD, s 6: loss");
  });

  it("may have a linear or a logarithmic axis of losses", async () => {
    const powers = (one: MadeFigure): number => (one.svg.match(/>10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]/g) ?? []).length;
    const [linear, log] = [await made("fig3", { scale: "linear" }), await made("fig3", { scale: "log" })];
    expect(log.svg).not.toBe(linear.svg);
    expect(powers(linear)).toBe(0);
    expect(linear.switched!.panels[0]!.scale).toBe("linear");
    expect(log.switched!.panels[0]!.scale).toBe("log");
    expect(log.switched!.panels[0]!.curves[0]).toMatchObject({ method: "sgd", runs: 2, diverged: false });
  });

  it("end where a run diverged, with a cross, and say so", async () => {
    const one = await made("fig5");
    expect(one.caption).toContain("SVHN, Adam: 1 of 2 diverged; the line ends where the first did (cross).");
    expect(one.svg).toContain("<title>Adam: 1 of 2 diverged after epoch 0.8</title>");
    const rows = csv(one, "fig5")
      .split("\n")
      .filter((row) => row.startsWith("svhn,adam,"));
    expect(rows).toHaveLength(8);
    expect(rows.at(-1)).toMatch(/,24,2\.4,2,1$/);
    expect(
      csv(one, "fig5")
        .split("\n")
        .filter((row) => row.startsWith("svhn,sgd,")),
    ).toHaveLength(STEPS / 3);
  });

  it("say which sets have no records", async () => {
    expect((await made("fig3")).caption).toContain("No records of QMNIST.");
  });

  it("have the test accuracy of the last step", async () => {
    const one = await made("fig4");
    const rows = csv(one, "fig4").split("\n");
    expect(rows[0]).toMatch(/^dataset,method,epoch,train_loss,test_acc,/);
    expect(rows[20]!.split(",").slice(0, 5)).toEqual(["pubfig83", "sgd", "2", expect.any(String), "0.55"]);
    expect(one.caption).toContain("Runs measure no training accuracy");
    expect(one.svg).toContain("<title>SGD: 55.0 % (2 trials)</title>");
  });
});

describe("figures of analyses", () => {
  it("have trajectories with their iterations", async () => {
    const one = await made("fig1");
    expect(texts(one)).toEqual(expect.arrayContaining(["MetaMD (3 | 3)", "SGD (2000 | over 2000)"]));
    expect(csv(one, "fig1").split("\n")[1]).toBe("top,0,metamd,0.03,3,converged,tuned");
    expect(csv(one, "fig1_summary")).toBe(
      "method,top_mean,top_median,top_wins,bottom_mean,bottom_median,bottom_wins\nmetamd,3,3,2,3,3,2\nsgd,2000,2000,0,2000,2000,0\n",
    );
    expect(one.data.find(({ name }) => name === "fig1_traj")!.rows).toHaveLength(2 * (4 + 2001));
    expect(one.svg.length).toBeLessThan(60_000);
  });

  it("have landscapes, and their curvature", async () => {
    const one = await made("fig7");
    expect(one.alt).toContain("DTD: mean rise lowest with MetaMD (0.833), highest with SGD (2.83)");
    expect(one.caption).toContain("4 of 8 eigenvectors had not converged");
    expect(csv(one, "fig7").split("\n")[1]).toBe("dtd,sgd,0,-1,8.1");
    const summary = csv(one, "fig7_summary").split("\n");
    expect(summary[1]).toMatch(/^dtd,metamd,5,1\.41\d+,0\.83\d+,125,2$/);
  });

  it("have singular values and scores", async () => {
    const one = await made("fig8");
    expect(one.alt).toContain("Pubfig: score lowest with MetaMD (2.5), highest with SGD (8.5)");
    expect(texts(one).filter((text) => text === "DTD")).toHaveLength(2);
    expect(csv(one, "fig8").split("\n")[1]).toBe("dtd,sgd,0,1,1,test");
    expect(csv(one, "fig8_summary").split("\n")[1]).toMatch(/^dtd,metamd,2\.5,0\.70\d+,1,2,test$/);
  });
});

describe("the figure of hypergradients", () => {
  it("has a panel for each M and layer, and a line for the modes that differ in direction", async () => {
    const one = await made("hypergradient");
    expect(texts(one)).toEqual(
      expect.arrayContaining(["first M, fc1", "first M, all", "learned M, fc2", "Steps T of the inner run"]),
    );
    expect(one.alt).toContain("With the first M: 1.00 at T = 1, 0.95 at T = 20 and -0.50 at T = 200.");
    expect(one.caption).toContain("Mean over 3 seeds; bands: one standard error.");
    expect(one.svg).toContain(
      "<title>fc2, first M, T = 20: direct gradient, and Eq. 13 as printed: cosine -0.700</title>",
    );
    expect(csv(one, "hypergradient").split("\n")[1]).toBe("0,first,1,fc1.weight,alg2,1,1");
    expect(csv(one, "hypergradient_summary").split("\n")[1]).toBe("first,1,fc1.weight,alg2,1,0,1,0,3");
  });
});

describe("figures of settings", () => {
  it("have the AUC by weight decay and its relative range", async () => {
    const one = await made("fig9");
    expect(csv(one, "fig9").split("\n")[1]).toBe("mnist,sgd,0,10,,1,0");
    const summary = csv(one, "fig9_summary").split("\n");
    expect(summary.slice(1, 3)).toEqual(["sgd,0,10,0.09523809523809523", "sgd,0.0001,11,0.09523809523809523"]);
    expect(texts(one)).toEqual(expect.arrayContaining(["0", "10⁻⁴", "Weight decay", "Mean over sets", "SVHN"]));
  });

  it("have accuracies by learning rate and by points tried", async () => {
    const ofE2 = async (id: string): Promise<string[]> =>
      csv(await made(id), id)
        .split("\n")
        .filter((row) => !row.startsWith("of-ablation"));
    expect((await ofE2("sensitivity")).slice(0, 3)).toEqual([
      "experiment,method,learning_rate,accuracy,low,high",
      ...["of-e2,sgd,0.01,25,,", "of-e2,sgd,0.1,75,,"],
    ]);
    expect((await ofE2("tuning")).slice(1, 3)).toEqual(["of-e2,sgd,1,50,,", "of-e2,sgd,2,75,,"]);
  });

  it("have the variants of MetaMD by the part that they change", async () => {
    const one = await made("ablation");
    const heading = "part,method,title,accuracy_mean,accuracy_std,auc_mean,auc_std,trials,diverged";
    expect(csv(one, "ablation").split("\n").slice(0, 6)).toEqual([
      heading,
      ...["sgd,SGD", "metamd,MetaMD"].map((method) => `,${method},55,${SPREAD},2,0`),
      `Hypergradient,metamd/direct,direct gradient alone,55,${SPREAD},2,0`,
      expect.stringMatching(/^Hypergradient,metamd\/ift-only,IFT term alone,30,28\.28\d+,Infinity,,2,1$/),
      `Momentum,metamd/momentum,momentum 0.9,55,${SPREAD},2,0`,
    ]);
    expect(csv(one, "ablation_trials").split("\n").slice(0, 3)).toEqual([
      "method,trial,accuracy,auc",
      "sgd,0,50,10",
      "sgd,1,60,11",
    ]);
    expect(csv(one, "ablation_trials")).toContain("\nmetamd/ift-only,1,10,Infinity\n");
    const rows = [
      ...["SGD", "MetaMD", "Hypergradient", "direct gradient alone", "IFT term alone", "Momentum", "momentum 0.9"],
    ];
    expect(texts(one).filter((text) => rows.includes(text))).toEqual([...rows, "SGD", "MetaMD"]);
    expect(one.alt).toMatch(
      /^MetaMD in 3 variants beside SGD and MetaMD\. Mean test accuracy: lowest with IFT term alone/,
    );
    expect(one.caption).toContain("Vertical lines: SGD and MetaMD.");
    expect(one.caption).toContain(" IFT term alone: 1 of 2 diverged, counted as chance; the AUC is infinite.");
    expect(one.svg).toContain("<title>direct gradient alone: 55.0 % (2 trials)</title>");
    expect(one.svg).toContain("<title>direct gradient alone: AUC 10.5 (2 trials)</title>");
    expect(one.svg).not.toContain("<title>IFT term alone: AUC");
    expect(one.svg).not.toMatch(/--figure-[^,)]*\//);
    expect(one.svg).not.toContain("metamd/");
  });

  it.each(["sensitivity", "tuning", "profile"])("leave variants out, and say so: %s", async (id) => {
    const one = await made(id);
    expect(csv(one, id)).toContain("of-ablation,");
    expect(csv(one, id)).not.toContain("metamd/");
    expect(one.caption).toMatch(/ Without the variants of methods, which the figure ablation shows\.$/);
    expect(texts(one)).not.toContain("momentum 0.9");
  });

  it("have times to the best baseline's last loss", async () => {
    const one = await made("profile");
    const rows = csv(one, "profile")
      .split("\n")
      .filter((row) => row.startsWith("of-e2,loss,rotated-mnist/0,0,"));
    const last = (trial: number): number => [58, 59, 60].reduce((sum, step) => sum + lossAt("sgd", step, trial), 0) / 3;
    const target = (1.05 * (last(0) + last(1))) / 2;
    expect(rows.map((row) => row.split(",")[4])).toEqual(METHODS);
    for (const row of rows) expect(Number(row.split(",")[5])).toBeCloseTo(target, 12);
    const reached = Array.from({ length: 20 }, (_none, i) => 3 * (i + 1)).find(
      (end) => [0, 1, 2].reduce((sum, back) => sum + lossAt("sgd", end - back, 0), 0) / 3 <= target,
    )!;
    expect(rows[0]!.split(",")[6]).toBe(String(reached / 10));
    expect(rows[2]!.split(",").slice(6)).toEqual(["Infinity", "Infinity", "Infinity"]);
    expect(csv(one, "profile")).not.toContain("of-e9");
  });

  it.each(["single", "double"] as const)(
    "label both ends of an axis of shares in every small panel: %s",
    async (width) => {
      const words = texts(await made("profiles", { width }));
      const panels = words.filter((text) => text === "0").length;
      expect(panels).toBeGreaterThan(3);
      expect(words.filter((text) => text === "100")).toHaveLength(panels);
    },
  );

  it("tell experiments of one name apart by their folders", () => {
    const { experiments } = evidence;
    const again = { ...experiments[0]!, plan: { ...experiments[0]!.plan, experiment: "again" } };
    const all = [...experiments, again];
    const names = all.map(namesAmong(all));
    expect(names.at(-1)).toBe("again");
    expect(names[0]).toBe(experiments[0]!.plan.experiment);
    expect(names[1]).toBe(experimentName(experiments[1]!));
  });

  it("count a run that ends exactly one point behind the best baseline, however that was rounded", async () => {
    expect((0.909 + 0.989) / 2 - 0.01).toBeGreaterThan(0.939);
    const folder = join(results, "..", "one-point");
    const ends = { sgd: [0.909, 0.989], metamd: [0.939, 0.938] };
    const runs = Object.entries(ends).flatMap(([method, accuracies]) =>
      accuracies.map((testAccuracy, trial) => trialRun(method, ZERO, trial, { metrics: { testAccuracy, auc: 10 } })),
    );
    writeRuns(folder, "E2", [ZERO], runs);
    const one = await makeFigure(readEvidence(folder, SHOWS), "profile");
    if (isNotRun(one)) throw new Error(one.missing);
    const rows = csv(one, "profile").split("\n");
    const seconds = (trial: number): string | undefined =>
      rows.find((row) => row.startsWith(`of-e2,accuracy,${ZERO},${trial},metamd,`))?.split(",")[6];
    expect([seconds(0), seconds(1)]).toEqual(["6", "Infinity"]);
  });
});

it("extremes are the first of the lowest and the last of the highest, rounding aside", () => {
  const values = { sgd: 0.1 + 0.2, adam: 0.3, metamd: 0.5, l2o: 0.25 + 0.25 };
  const all = Object.entries(values).map(([method, value]) => ({ method, value }));
  expect(extremes(all, (method) => method)).toBe("lowest with sgd (0.3), highest with l2o (0.5)");
  expect(extremes([], (method) => method)).toBe("no value");
});
