import { z } from "zod";

const SPECIAL = ["Infinity", "-Infinity", "NaN"] as const;

const codecOf = (accepts: (value: number) => boolean, accepted: string) =>
  z.codec(
    z.union([z.number(), z.enum(SPECIAL)]),
    z.custom<number>((value) => typeof value === "number" && accepts(value), accepted),
    {
      decode: Number,
      encode: (value) => (Number.isFinite(value) ? value : (String(value) as (typeof SPECIAL)[number])),
    },
  );

/** A measured number on disk: JSON has no Infinity and no NaN, and a diverged run has both; they are written as text. */
export const measured = codecOf(() => true, "expected a number");

/** The area under a curve of losses, none of which is below 0. */
export const area = codecOf((value) => !(value < 0), "expected a number from 0");

/** A share, 0 to 1. */
export const share = z.number().min(0).max(1);
