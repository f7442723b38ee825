import { z } from "zod";
import { lenet } from "./lenet.js";
import { mlp } from "./mlp.js";
import type { Model } from "./model.js";

/** A model kind: its settings, and how to build it for an input shape and a number of classes. */
interface ModelEntry<Settings extends z.ZodType> {
  readonly settings: Settings;
  create(settings: z.output<Settings>, input: readonly number[], classes: number): Model;
}
const entry = <Settings extends z.ZodType>(line: ModelEntry<Settings>): ModelEntry<Settings> => line;

const units = z.int().positive();

/** Every model, by the name that configs use. */
export const MODELS = {
  mlp: entry({
    settings: z.strictObject({ kind: z.literal("mlp"), hidden: z.array(units).min(1).default([256, 256]) }),
    create: mlp,
  }),
  lenet: entry({ settings: z.strictObject({ kind: z.literal("lenet") }), create: lenet }),
};

/** What a config says of its model. */
export const modelSettings = z.discriminatedUnion("kind", [MODELS.mlp.settings, MODELS.lenet.settings]);
export type ModelSettings = z.output<typeof modelSettings>;

/** Builds the model of a config. @param input shape of one input; @param classes number of classes. */
export function createModel(settings: ModelSettings, input: readonly number[], classes: number): Model {
  switch (settings.kind) {
    case "mlp":
      return MODELS.mlp.create(settings, input, classes);
    case "lenet":
      return MODELS.lenet.create(settings, input, classes);
  }
}
