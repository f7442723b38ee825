import { counted } from "../../core/wording.js";
import { sharpnessKind } from "../sharpness/record.js";
import { landscapeKind } from "./record.js";
import { analysesOf, ofOneKind } from "../../reporting/evidence.js";
import type { StoredAnalysis } from "../../reporting/study-show.js";
import { spreadOf } from "../../reporting/measured/curves.js";
import type { FigureData, Panel } from "../../reporting/figures/figure.js";
import type { FigureEntry } from "../../reporting/study-show.js";
import { marked } from "../../reporting/figures/marked.js";
import { bySolution, meanLine, trialsBehind } from "../shared/solution-figures.js";
import { sampled } from "../../reporting/figures/thin.js";
import * as words from "../../reporting/figures/figure-texts.js";
import { domainName, short } from "../../reporting/figures/figure-texts.js";
import { methodTitle } from "../../reporting/method-title.js";

type Landscape = StoredAnalysis<typeof landscapeKind>;
const LOG_RATIO = 20;

export const fig7: FigureEntry = {
  title: "Training loss along the top eigenvector of its Hessian",
  shows:
    "How the training loss rises around the solutions of every method, along the direction of the largest curvature.",
  experiment: "E6",
  needs: "analyses landscape, and sharpness for the summary",
  width: "double",
  draw(evidence) {
    const all = analysesOf(evidence, landscapeKind);
    if (all.length === 0)
      return words.notRun("no analysis of the loss landscape", words.analyseCommand("landscape", "landscape"));
    const alike = evidence.analyses.filter(({ record }) => ofOneKind(record, all[0]!.record));
    const sharpness = analysesOf({ analyses: alike }, sharpnessKind);
    const datasets = bySolution(all);
    const methods = [...new Set(datasets.flatMap((one) => one.methods.map(([method]) => method)))];
    const said = datasets.map(({ dataset, methods: held }) => {
      const rises = held.map(([method, ones]) => ({
        method,
        value: spreadOf(ones.map(({ record }) => record.rise)).mean,
      }));
      return `${domainName(dataset)}: mean rise ${words.extremes(rises, methodTitle)}`;
    });
    const doubtful = sharpness.filter(({ record }) => !record.converged).length;
    return marked(
      {
        title: fig7.title,
        alt: `Training loss along one direction for ${counted(methods.length, "method")}. ${said.join(". ")}.`,
        caption:
          `Mean over ${counted(trialsBehind(all), "trial")}; band from the smallest to the largest. Loss over ` +
          `${all[0]!.record.images} training images. ` +
          words.provenance(
            all[0]!.record.preset,
            all.map(({ record }) => record.dataTag),
          ) +
          (doubtful === 0 ? "" : ` ${doubtful} of ${sharpness.length} eigenvectors had not converged.`),
        columns: { single: 2, double: 4 },
        panels: datasets.map(({ dataset, methods: held }) => panelOf(domainName(dataset), held)),
        legend: methods.map((method) => ({ method, name: methodTitle(method) })),
        data: [lineData(all), summaryData(all, sharpness)],
      },
      all[0]!.record.numerics,
    );
  },
};

function panelOf(title: string, held: readonly [string, Landscape[]][]): Panel {
  const lines = held.map(([method, ones]) =>
    meanLine(
      method,
      ones.map(({ store, record }) => store.series<typeof landscapeKind>(record, "landscape")),
      "t",
      "loss",
    ),
  );
  const points = lines.flat();
  const values = points.map(({ y }) => y).filter((value) => value > 0);
  const wide = values.length > 0 && Math.max(...values) / Math.min(...values) > LOG_RATIO;
  return {
    title,
    kind: "line",
    points,
    ends: [],
    x: { title: "Distance t", scale: "linear" },
    y: { title: "Training loss", scale: wide && values.length === points.length ? "log" : "linear" },
    marked: lines.flatMap((line) =>
      sampled(line, 5).map((point) => ({
        ...point,
        says: `${methodTitle(point.method)}, t ${short(Number(point.x))}: loss ${short(point.y)}`,
      })),
    ),
  };
}

function lineData(all: readonly Landscape[]): FigureData {
  return {
    name: "fig7",
    columns: ["dataset", "method", "trial", "t", "loss"],
    rows: all.flatMap(({ store, record }) =>
      store.series<typeof landscapeKind>(record, "landscape").map(({ t, loss }) => ({
        dataset: record.dataset,
        method: record.method,
        trial: record.trial,
        t,
        loss,
      })),
    ),
  };
}

/** Means over trials. lambda_norm: λ|θ|², which rescaling a ReLU net's layers does not change. */
function summaryData(
  all: readonly Landscape[],
  sharpness: readonly StoredAnalysis<typeof sharpnessKind>[],
): FigureData {
  const rows = bySolution(all).flatMap(({ dataset, methods }) =>
    methods.map(([method, ones]) => {
      const sharp = sharpness.filter(({ record }) => record.dataset === dataset && record.method === method);
      const eigenvalues = sharp.flatMap(({ record }) => record.eigenvalues.slice(0, 1));
      const lambda = eigenvalues.length === 0 ? undefined : spreadOf(eigenvalues);
      const norms = sharp.map(({ record }) => record.scaleFreeEigenvalue);
      return {
        dataset,
        method,
        lambda_max_mean: lambda?.mean,
        lambda_max_std: lambda?.std,
        rise: spreadOf(ones.map(({ record }) => record.rise)).mean,
        lambda_norm: norms.length === 0 ? undefined : spreadOf(norms).mean,
        trials: ones.length,
      };
    }),
  );
  const columns = ["dataset", "method", "lambda_max_mean", "lambda_max_std", "rise", "lambda_norm", "trials"];
  return { name: "fig7_summary", columns, rows };
}
