import { counted } from "../../core/wording.js";
import { rankKind } from "./record.js";
import { analysesOf } from "../../reporting/evidence.js";
import type { StoredAnalysis } from "../../reporting/study-show.js";
import { spreadOf } from "../../reporting/measured/curves.js";
import type { FigureData, Panel } from "../../reporting/figures/figure.js";
import type { FigureEntry } from "../../reporting/study-show.js";
import { marked } from "../../reporting/figures/marked.js";
import { bySolution, dotsPanel, meanLine, trialsBehind } from "../shared/solution-figures.js";
import { sampled } from "../../reporting/figures/thin.js";
import * as words from "../../reporting/figures/figure-texts.js";
import { domainName, short } from "../../reporting/figures/figure-texts.js";
import { methodTitle } from "../../reporting/method-title.js";

type Rank = StoredAnalysis<typeof rankKind>;
/** Normalised singular values below this leave the frame. */
const FLOOR = 1e-5;

export const fig8: FigureEntry = {
  title: "Singular values of the features, and their low-rank score",
  shows:
    "How fast the singular values of the last features fall, divided by the largest, and the score that sums them up.",
  experiment: "E7",
  needs: "analyses rank",
  width: "double",
  draw(evidence) {
    const every = analysesOf(evidence, rankKind);
    const test = every.filter(({ record }) => record.split === "test");
    const all = test.length > 0 ? test : every;
    if (all.length === 0)
      return words.notRun("no analysis of the features' rank", words.analyseCommand("landscape", "rank"));
    const datasets = bySolution(all);
    const methods = [...new Set(datasets.flatMap((one) => one.methods.map(([method]) => method)))];
    const scoresOf = (held: readonly [string, Rank[]][]) =>
      held.map(([method, ones]) => ({ method, values: ones.map(({ record }) => record.score) }));
    const said = datasets.map(({ dataset, methods: held }) => {
      const means = scoresOf(held).map(({ method, values }) => ({ method, value: spreadOf(values).mean }));
      return `${domainName(dataset)}: score ${words.extremes(means, methodTitle)}`;
    });
    const { record } = all[0]!;
    return marked(
      {
        title: fig8.title,
        alt: `Normalised singular values of ${counted(methods.length, "method")}. ${said.join(". ")}.`,
        caption:
          `Features of the ${record.split} split; mean over ${counted(trialsBehind(all), "trial")}, from the smallest to the largest. ` +
          `Lower scores: lower rank. Values below ${FLOOR} leave the frame. ` +
          words.provenance(
            record.preset,
            all.map((one) => one.record.dataTag),
          ),
        columns: { single: 2, double: Math.min(4, datasets.length) },
        panels: [
          ...datasets.map(({ dataset, methods: held }) => panelOf(domainName(dataset), held)),
          ...datasets.map(({ dataset, methods: held }) =>
            dotsPanel(domainName(dataset), "Low-rank score", scoresOf(held)),
          ),
        ],
        legend: methods.map((method) => ({ method, name: methodTitle(method) })),
        data: [valuesData(every), summaryData(every)],
      },
      record.numerics,
    );
  },
};

function panelOf(title: string, held: readonly [string, Rank[]][]): Panel {
  const lines = held.map(([method, ones]) =>
    meanLine(
      method,
      ones.map(({ store, record }) => store.series<typeof rankKind>(record, "singular_values")),
      "index",
      "value",
    ).filter(({ y }) => y >= FLOOR),
  );
  const points = lines
    .flat()
    .map((point) => ({ ...point, ...(point.low !== undefined && { low: Math.max(FLOOR, point.low) }) }));
  return {
    title,
    kind: "line",
    points,
    ends: [],
    x: { title: "Index", scale: "linear" },
    y: { title: "Singular value / largest", scale: "log" },
    marked: lines.flatMap((line) =>
      sampled(line, 5).map((point) => ({
        method: point.method,
        x: point.x,
        y: point.y,
        says: `${methodTitle(point.method)}, singular value ${point.x}: ${short(point.y)} of the largest`,
      })),
    ),
  };
}

function valuesData(all: readonly Rank[]): FigureData {
  return {
    name: "fig8",
    columns: ["dataset", "method", "trial", "index", "normalised_sv", "split"],
    rows: all.flatMap(({ store, record: { dataset, method, trial, split }, record }) =>
      store.series<typeof rankKind>(record, "singular_values").map(({ index, value }) => ({
        dataset,
        method,
        trial,
        index,
        split,
        normalised_sv: value,
      })),
    ),
  };
}

function summaryData(all: readonly Rank[]): FigureData {
  const splits = [...new Set(all.map(({ record }) => record.split))];
  const rows = splits.flatMap((split) =>
    bySolution(all.filter(({ record }) => record.split === split)).flatMap(({ dataset, methods }) =>
      methods.map(([method, ones]) => {
        const score = spreadOf(ones.map(({ record }) => record.score));
        const entropy = spreadOf(ones.map(({ record }) => record.entropy)).mean;
        return { dataset, method, score_mean: score.mean, score_std: score.std, entropy, trials: ones.length, split };
      }),
    ),
  );
  const columns = ["dataset", "method", "score_mean", "score_std", "entropy", "trials", "split"];
  return { name: "fig8_summary", columns, rows };
}
