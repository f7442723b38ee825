import { mean, std } from "../../core/averages.js";
import { groupBy } from "../../core/group.js";
import { hypergradientKind, type Hypergradients } from "./record.js";
import { analysesOf } from "../../reporting/evidence.js";
import type { Evidence } from "../../reporting/study-show.js";

export type Point = Hypergradients["rows"][number]["point"];

/** All blocks as one vector. */
export const ALL_LAYERS = "all";

/** Where M stands, in words. */
export const POINTS: Readonly<Record<Point, string>> = { first: "first M", learned: "learned M" };

/** Modes that differ in direction: others are multiples of these. */
export const MODES = { alg2: "alg2", neumann: "Neumann series" } as const;
export type ShownMode = keyof typeof MODES;

/** "fc1" of "fc1.weight". */
export const layerName = (layer: string): string => layer.replace(/\.weight$/, "");

/** A mean over seeds with its standard error, which one seed alone has not. */
interface Estimate {
  readonly mean: number;
  readonly error: number | undefined;
  /** By seed. */
  readonly values: readonly number[];
}

/** How one mode's hypergradient and the true derivative agree in one layer. */
export interface Agreement {
  readonly point: Point;
  readonly horizon: number;
  readonly layer: string;
  readonly mode: string;
  readonly cosine: Estimate;
  readonly lengthRatio: Estimate;
}

/** The seeds of a study, in order; of several studies those of the first by name. */
export function hypergradientStudy(evidence: Evidence): Hypergradients[] {
  const all = analysesOf(evidence, hypergradientKind).map(({ record }) => record);
  return all.filter(({ experiment }) => experiment === all[0]!.experiment).sort((a, b) => a.seed - b.seed);
}

/** Means over the seeds of a study, in the order of its records: by point, horizon, layer and mode. */
export function agreements(records: readonly Hypergradients[]): Agreement[] {
  const rows = records.flatMap((record) => record.rows);
  const places = groupBy(rows, ({ point, horizon, layer }) => JSON.stringify([point, horizon, layer]));
  return [...places.values()].flatMap((held) => {
    const { point, horizon, layer, modes } = held[0]!;
    return Object.keys(modes).map((mode): Agreement => {
      const of = (measure: "cosine" | "lengthRatio"): Estimate =>
        estimate(held.flatMap((row) => row.modes[mode]?.[measure] ?? []));
      return { point, horizon, layer, mode, cosine: of("cosine"), lengthRatio: of("lengthRatio") };
    });
  });
}

function estimate(values: readonly number[]): Estimate {
  const spread = std(values);
  return {
    mean: mean(values),
    error: spread === undefined ? undefined : spread / Math.sqrt(values.length),
    values,
  };
}
