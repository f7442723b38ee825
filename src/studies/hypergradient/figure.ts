import { counted } from "../../core/wording.js";
import type { Hypergradients } from "./record.js";
import {
  agreements,
  ALL_LAYERS,
  hypergradientStudy,
  layerName,
  POINTS,
  type Agreement,
  type Point,
} from "./agreements.js";
import type { FigureData, MarkedPoint, Panel } from "../../reporting/figures/figure.js";
import type { FigureEntry } from "../../reporting/study-show.js";
import { marked } from "../../reporting/figures/marked.js";
import * as words from "../../reporting/figures/figure-texts.js";
import { enumerated } from "../../reporting/figures/figure-texts.js";

/** The modes that have a line, and the method whose colour and marker each has. Other modes lie on these lines. */
const LINES = [
  { mode: "alg2", look: "metamd", name: "Algorithm 2, with the direct gradient or alone" },
  { mode: "neumann", look: "metamd_short", name: "the same with the Neumann series" },
  { mode: "direct", look: "sgd", name: "direct gradient, and Eq. 13 as printed" },
] as const;

export const hypergradient: FigureEntry = {
  title: "How far Algorithm 2 is right",
  shows:
    "The cosine between the hypergradients of MetaMD's modes and the true derivative of the Bregman objective, against the " +
    "steps of the inner run, by layer, with the first M and the learned one. Ours, not the paper's.",
  needs: "analyses hypergradient",
  width: "double",
  draw(evidence) {
    const records = hypergradientStudy(evidence);
    const [first] = records;
    if (first === undefined)
      return words.notRun(
        "no comparison of hypergradients",
        "metamd analyse hypergradient --config configs/hypergradient.yaml",
      );
    const all = agreements(records);
    const layers = [...new Set(all.map(({ layer }) => layer))];
    const points = Object.keys(POINTS) as Point[];
    return marked(
      {
        title: hypergradient.title,
        alt: `Cosine of Algorithm 2 with the true derivative over all blocks. ${points.map((point) => saidOf(all, point)).join(". ")}.`,
        caption:
          `Mean over ${counted(records.length, "seed")}; bands: one standard error. all: the blocks of all layers as one ` +
          `vector. Modes that are multiples of each other share a line. ${words.provenance(first.preset, [first.dataTag])}`,
        columns: { single: 2, double: Math.min(4, layers.length) },
        panels: points.flatMap((point) => layers.map((layer) => panelOf(all, point, layer))),
        legend: LINES.map(({ look, name }) => ({ method: look, name })),
        data: [seedData(records), summaryData(all)],
      },
      first.numerics,
    );
  },
};

function panelOf(all: readonly Agreement[], point: Point, layer: string): Panel {
  const places = LINES.flatMap(({ mode, look, name }) =>
    all
      .filter((one) => one.mode === mode && one.point === point && one.layer === layer)
      .map(({ horizon, cosine: { mean, error = 0 } }): MarkedPoint => {
        const says = `${layerName(layer)}, ${POINTS[point]}, T = ${horizon}: ${name}: cosine ${mean.toFixed(3)}`;
        return { method: look, x: horizon, y: mean, low: mean - error, high: mean + error, says };
      }),
  );
  return {
    title: `${POINTS[point]}, ${layerName(layer)}`,
    kind: "line",
    points: places,
    marked: places,
    ends: [],
    x: { title: "Steps T of the inner run", scale: "log" },
    y: { title: "Cosine", scale: "linear", domain: [-1.08, 1.08] },
  };
}

function saidOf(all: readonly Agreement[], point: Point): string {
  const here = all.filter((one) => one.point === point && one.layer === ALL_LAYERS && one.mode === "alg2");
  const each = here.map(({ horizon, cosine }) => `${cosine.mean.toFixed(2)} at T = ${horizon}`);
  return `With the ${POINTS[point]}: ${enumerated(each)}`;
}

const seedData = (records: readonly Hypergradients[]): FigureData => ({
  name: "hypergradient",
  columns: ["seed", "point", "horizon", "layer", "mode", "cosine", "length_ratio"],
  rows: records.flatMap(({ seed, rows }) =>
    rows.flatMap(({ point, horizon, layer, modes }) =>
      Object.entries(modes).map(([mode, { cosine, lengthRatio }]) => ({
        seed,
        point,
        horizon,
        layer,
        mode,
        cosine,
        length_ratio: lengthRatio,
      })),
    ),
  ),
});

const summaryData = (all: readonly Agreement[]): FigureData => ({
  name: "hypergradient_summary",
  columns: [
    ...["point", "horizon", "layer", "mode", "cosine_mean", "cosine_error"],
    ...["length_ratio_mean", "length_ratio_error", "seeds"],
  ],
  rows: all.map(({ point, horizon, layer, mode, cosine, lengthRatio }) => ({
    point,
    horizon,
    layer,
    mode,
    cosine_mean: cosine.mean,
    cosine_error: cosine.error,
    length_ratio_mean: lengthRatio.mean,
    length_ratio_error: lengthRatio.error,
    seeds: cosine.values.length,
  })),
});
