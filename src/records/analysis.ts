import { z } from "zod";
import { numericsSchema } from "./numerics.js";
import { resolvedConfig, runId } from "./plan.js";
import { dataTag, engineSchema, gitSchema, hardwareSchema } from "./provenance.js";

export const ANALYSIS_VERSION = 1;

/** What the record of every analysis says. */
const common = {
  schemaVersion: z.literal(ANALYSIS_VERSION),
  /** Of the program that made it, and the runs that it was made of. */
  numerics: numericsSchema,
  /** Content hash of the numerics, the kind, its settings and what it was made of. */
  id: runId,
  experiment: z.string(),
  preset: z.string(),
  configHash: z.string(),
  config: resolvedConfig,
  /** Keys in which that is smaller than the shipped config of the same experiment and preset. */
  ownSize: z.array(z.string()).optional(),
  /** What decides the numbers besides the runs: resolved settings of this analysis. */
  settings: z.record(z.string(), z.unknown()),
  /** The runs it was made of; none for what trains nothing. */
  runs: z.array(runId),
  /** Null where no tensor was used. */
  engine: engineSchema.nullable(),
  hardware: hardwareSchema,
  git: gitSchema,
  dataTag: dataTag.optional(),
  startedAt: z.string(),
  finishedAt: z.string(),
  wallMilliseconds: z.number().nonnegative(),
};

/** What the record of an analysis says whatever its kind is; what the kind adds stays as it is. */
export const ANY_KIND = { schema: z.looseObject({ kind: z.string(), ...common }) };
export type AnalysisRecord = z.output<z.ZodObject<{ kind: z.ZodString } & typeof common>>;

/** A kind of analysis: `analyses/<id>/record.json` is what one came to, curves lie beside it as `<series>.csv`. */
export interface AnalysisKind {
  readonly kind: string;
  readonly schema: z.ZodType<AnalysisRecord>;
  /** The curves that lie beside a record. */
  readonly series: readonly string[];
  /** Members of the record that say what it is of, whatever the settings are. */
  readonly of: readonly string[];
}
/** The record of a kind. */
export type RecordOf<Kind extends Pick<AnalysisKind, "schema">> = z.output<Kind["schema"]>;
/** The names of a kind's series. */
export type SeriesOf<Kind extends Pick<AnalysisKind, "series">> = Kind["series"][number];

/** A kind whose record has some fields besides the head. */
export interface DescribedKind<Kind extends string, Fields extends z.ZodRawShape, Series extends string> {
  readonly kind: Kind;
  readonly schema: z.ZodObject<{ kind: z.ZodLiteral<Kind> } & typeof common & Fields, z.core.$strict>;
  readonly series: readonly Series[];
  readonly of: readonly string[];
}

/** Describes a kind. @param fields what its record says besides the head. */
export function analysisKind<Kind extends string, Fields extends z.ZodRawShape, Series extends string = never>(
  kind: Kind,
  fields: Fields,
  { of = [], series = [] }: { of?: readonly (keyof Fields & string)[]; series?: readonly Series[] } = {},
): DescribedKind<Kind, Fields, Series> {
  return { kind, schema: z.strictObject({ kind: z.literal(kind), ...common, ...fields }), series, of };
}

/** Records of several kinds. */
export const oneOf = (kinds: readonly AnalysisKind[]): Pick<AnalysisKind, "schema"> => ({
  schema: z.discriminatedUnion(
    "kind",
    kinds.map(({ schema }) => schema) as unknown as [z.ZodObject, ...z.ZodObject[]],
  ) as unknown as z.ZodType<AnalysisRecord>,
});
