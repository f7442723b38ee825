import { z } from "zod";
import { analysisKind, type RecordOf } from "../../records/analysis.js";
import { measured } from "../../records/number.js";

const count = z.int().nonnegative();

/** Theorem 4.1's bound, as printed and corrected, a row per setting. */
export const certificateKind = analysisKind(
  "certificate",
  {
    part: z.enum(["A", "B", "C"]),
    rows: z.array(
      z.strictObject({
        setting: z.string(),
        /** Which preconditioner, like "identity" or "learned". */
        preconditioner: z.string(),
        tasks: count,
        steps: count,
        eta: z.number(),
        c: z.number(),
        r: z.number(),
        delta: z.number(),
        /** Bound of the gradient noise; absent: none. */
        sigmaSquared: measured.optional(),
        meanDivergence: measured,
        /** Mean sub-optimality on novel tasks; absent where no optimum is known. */
        suboptimality: measured.optional(),
        boundPrinted: measured,
        boundCorrected: measured,
        /** Frequency with which the bound held over redraws. */
        coveragePrinted: z.number().optional(),
        coverageCorrected: z.number().optional(),
        /** Conditions of the theorem that do not hold; empty when all do. */
        violated: z.array(z.string()),
      }),
    ),
  },
  { of: ["part"] },
);
export type Certificate = RecordOf<typeof certificateKind>;
export type CertificateRow = Certificate["rows"][number];
