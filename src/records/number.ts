import { z } from "zod";

const SPECIAL = ["Infinity", "-Infinity", "NaN"] as const;

/** A measured number on disk: JSON has no Infinity and no NaN, and a diverged run has both; they are written as text. */
export const measured = z.codec(
  z.union([z.number(), z.enum(SPECIAL)]),
  z.custom<number>((value) => typeof value === "number"),
  {
    decode: Number,
    encode: (value) => (Number.isFinite(value) ? value : (String(value) as (typeof SPECIAL)[number])),
  },
);

/** A share, 0 to 1. */
export const share = z.number().min(0).max(1);
