import { z } from "zod";

const count = z.int().nonnegative();

/** The engine that made a record's numbers. */
export const engineSchema = z.strictObject({
  name: z.string(),
  versions: z.record(z.string(), z.string()),
  precision: z.enum(["float32", "float64"]),
  compiled: z.boolean(),
  threads: count,
  gpu: z.boolean(),
  /** Of the GPU. */
  device: z.strictObject({ name: z.string(), driver: z.string() }).optional(),
  /** Whether the GPU's memory was taken as it was needed, or all at once; absent: on a processor, or in records of earlier
   *  programs, as it was needed. */
  gpuMemoryGrowth: z.boolean().optional(),
  /** What else decided the numbers; records of earlier programs do not say. */
  kernels: z
    .strictObject({
      /** The widest vector instructions of the machine, like "avx2". */
      instructions: z.string(),
      oneDnn: z.boolean().optional(),
      tf32: z.boolean().optional(),
      deterministic: z.boolean().optional(),
      /** L2O's network was one operation of our own; absent: it was composed of others. */
      lstm: z.literal(true).optional(),
      /** Each of its layers was, in records of earlier programs. */
      lstmCell: z.literal(true).optional(),
      /** MetaMD's preconditioner was; absent: it was composed of others. */
      rankOneSolve: z.literal(true).optional(),
      /** Eigenvectors were; absent: they were the library's. */
      symmetricEigen: z.literal(true).optional(),
      /** Operations number by number were joined to one; absent: the library rewrote them. */
      elementwise: z.literal(true).optional(),
      /** Sums over what these gave were taken with them; absent: they were the library's. */
      sums: z.literal(true).optional(),
      /** Products of small matrices were; absent: they were the library's. */
      matMul: z.literal(true).optional(),
    })
    .optional(),
});

export type RecordedEngine = z.output<typeof engineSchema>;
/** Engines that computed something one after the other. */
export type Engines = readonly RecordedEngine[];

/** Those that computed a part of it, one after the other, before it was stopped and went on with another; absent: none. */
export const earlierEngines = z.array(engineSchema).optional();

/** What a record says of the engines that made it. */
export function madeBy(engines: Engines): { engine: RecordedEngine; earlierEngines?: RecordedEngine[] } {
  const earlier = engines.slice(0, -1);
  return { engine: engines.at(-1)!, ...(earlier.length > 0 && { earlierEngines: earlier }) };
}

export const hardwareSchema = z.strictObject({ cpu: z.string(), cores: count, memoryBytes: count });

/** The program's source; null outside a git checkout. */
export const gitSchema = z.strictObject({ commit: z.string(), dirty: z.boolean() }).nullable();

/** Partial: a part of the official files, taken as it is. */
export const dataTag = z.enum(["real", "synthetic", "partial"]);
