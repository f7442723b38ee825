import { z } from "zod";
import { analysisKind, type RecordOf } from "../../records/analysis.js";
import { measured } from "../../records/number.js";

const count = z.int().nonnegative();
const point = z.enum(["first", "learned"]);

const agreement = z.strictObject({
  cosine: measured,
  /** |the mode's| / |the true one|. */
  lengthRatio: measured,
});

/** The hypergradients of MetaMD's modes beside the true derivative of the Bregman objective, on inner runs of one seed. */
export const hypergradientKind = analysisKind(
  "hypergradient",
  {
    seed: count,
    /** T, ascending. */
    horizons: z.array(count),
    points: z.array(
      z.strictObject({
        /** Before anything is learned, and after. */
        point,
        /** |a|² and |b|² of every block. */
        blocks: z.record(z.string(), z.strictObject({ s: z.number(), t: z.number() })),
        /** Mini-batch loss of the last step, by horizon. */
        losses: z.array(measured),
      }),
    ),
    rows: z.array(
      z.strictObject({
        point,
        horizon: count,
        /** A parameter that has a block, or "all" of them as one vector. */
        layer: z.string(),
        /** Of the true derivative. */
        length: measured,
        /** By mode: those with the exact inverse, and alg2 with the Neumann series as "neumann". */
        modes: z.record(z.string(), agreement),
      }),
    ),
  },
  { of: ["seed"] },
);
export type Hypergradients = RecordOf<typeof hypergradientKind>;
