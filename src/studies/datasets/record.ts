import { z } from "zod";
import { analysisKind, type RecordOf } from "../../records/analysis.js";
import { dataTag } from "../../records/provenance.js";

const count = z.int().nonnegative();

/** Images of every domain as loaded. */
export const datasetsKind = analysisKind("datasets", {
  rows: z.array(
    z.strictObject({
      domain: z.string(),
      group: z.enum(["meta_train", "meta_test", "both"]),
      train: count,
      validation: count,
      test: count,
      classes: count,
      tag: dataTag,
    }),
  ),
});
export type Datasets = RecordOf<typeof datasetsKind>;
