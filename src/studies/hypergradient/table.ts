import { stringify } from "csv-stringify/sync";
import { join } from "node:path";
import { writeAtomic } from "../../core/files.js";
import { hypergradientKind, type Hypergradients } from "./record.js";
import { openAnalysisStore } from "../../records/analysis-store.js";
import { writing } from "../../records/writable.js";
import { agreements, layerName, MODES, POINTS, type Agreement, type ShownMode } from "./agreements.js";
import { analysisSample } from "../../reporting/tables/analysis-panels.js";
import { about, tagMarks, withOrigin } from "../../reporting/tables/origin.js";
import {
  cellOf,
  numberColumn,
  type Cell,
  type Column,
  type Row,
  type Sample,
  type Table,
} from "../../reporting/table/table.js";

const MEASURES = ["cosine", "lengthRatio"] as const;
type Measure = (typeof MEASURES)[number];

/** How MetaMD's hypergradient and the true derivative agree: cosine and ratio of lengths by layer, mean and standard error
 *  over seeds; a row per M and horizon, a panel per mode that differs in direction from the others.
 *  @param records of one study; of none there is no panel. */
export function hypergradientPanels(records: readonly Hypergradients[]): Table[] {
  const [first] = records;
  if (first === undefined) return [];
  const all = agreements(records);
  return (Object.keys(MODES) as ShownMode[]).map((mode) => {
    const ofMode = all.filter((one) => one.mode === mode);
    const layers = [...new Set(ofMode.map(({ layer }) => layer))];
    const columns = MEASURES.flatMap((measure) => layers.map((layer) => columnOf(layer, measure)));
    const places = [...new Map(ofMode.map((one) => [`${one.point}_${one.horizon}`, one])).entries()];
    const rows = places.map(([id, { point, horizon }]): Row => ({
      id,
      title: `${POINTS[point]}, T = ${horizon}`,
      inPaper: false,
      marks: [],
      cells: MEASURES.flatMap((measure) =>
        layers.map((layer) => {
          const one = ofMode.find((held) => held.point === point && held.horizon === horizon && held.layer === layer);
          return agreementCell(records, one!, measure);
        }),
      ),
    }));
    return withOrigin({
      id: `hypergradient_${mode}`,
      experiment: "",
      suffix: mode === "alg2" ? "" : `_${mode}`,
      rowName: "run",
      caption: CAPTIONS[mode],
      columns,
      rows,
      definition: definitionOf(mode, records.length),
      ...about(first),
    });
  });
}

const CAPTIONS: Readonly<Record<ShownMode, string>> = {
  alg2: "Cosine and ratio of lengths between the hypergradient of Algorithm 2 with the direct gradient and the true derivative of the Bregman objective",
  neumann: "The same with the Neumann series in place of the exact inverse",
};

function definitionOf(mode: ShownMode, seeds: number): string {
  const spread = seeds > 1 ? `± is the standard error over ${seeds} seeds. ` : "";
  const read =
    "By layer, and all blocks as one vector; length: of the hypergradient over that of the true derivative. " +
    "Ours, not the paper's.";
  const others =
    " The paper's Algorithm 2 alone (ift-only) has the same cosine, the direct gradient and Eq. 13 as printed the opposite " +
    "one; ift-only and Eq. 13 are twice as long.";
  return spread + read + (mode === "alg2" ? others : "");
}

const columnOf = (layer: string, measure: Measure): Column => {
  const name = layerName(layer);
  const spread = "error";
  return measure === "cosine"
    ? numberColumn(`${name}_cosine`, name, 3, { spread })
    : numberColumn(`${name}_length_ratio`, `${name}, length`, 2, { spread });
};

function agreementCell(
  records: readonly Hypergradients[],
  { point, horizon, layer, mode, ...measures }: Agreement,
  measure: Measure,
): Cell {
  const samples = records.map((record): Sample => {
    const row = record.rows.find((one) => one.point === point && one.horizon === horizon && one.layer === layer);
    return { ...analysisSample(record), seed: record.seed, value: row?.modes[mode]?.[measure] };
  });
  const { mean, error } = measures[measure];
  return cellOf({ mean, std: error, samples, marks: tagMarks(records[0]!.dataTag ?? "real") });
}

/** Columns of `hypergradient.csv`. */
const HEADINGS = ["seed", "point", "horizon", "layer", "mode", "cosine", "length_ratio", "true_length", "numerics"];

/** Writes `hypergradient.csv` into the study's folder: a row per seed, M, horizon, layer and mode; numbers keep every digit.
 *  @returns its path. */
export function writeHypergradients(folder: string): string {
  const store = openAnalysisStore(folder);
  const all = store.all(hypergradientKind);
  const last = Math.max(...all.map(({ numerics }) => numerics));
  const records = all.filter(({ numerics }) => numerics === last).sort((a, b) => a.seed - b.seed);
  const rows = records.flatMap(({ seed, rows, numerics }) =>
    rows.flatMap(({ point, horizon, layer, length, modes }) =>
      Object.entries(modes).map(([mode, { cosine, lengthRatio }]) =>
        [seed, point, horizon, layer, mode, cosine, lengthRatio, length, numerics].map(String),
      ),
    ),
  );
  const path = join(folder, "hypergradient.csv");
  writing(folder, () => writeAtomic(path, stringify([HEADINGS, ...rows])));
  return path;
}
