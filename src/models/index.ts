import { z } from "zod";
import { FREEZES, withFrozenBackbone, type Freeze } from "./freeze.js";
import { lenet } from "./lenet.js";
import { mlp } from "./mlp.js";
import type { Model } from "./model.js";
import { resnet18, resnet18s } from "./resnet18.js";

/** A model kind: its settings, and how to build it for an input shape and a number of classes. */
interface ModelEntry<Settings extends z.ZodType> {
  readonly settings: Settings;
  create(settings: z.output<Settings>, input: readonly number[], classes: number): Model;
}
const entry = <Settings extends z.ZodType>(line: ModelEntry<Settings>): ModelEntry<Settings> => line;

const units = z.int().positive();
const resnetSettings = {
  width: units.default(64).describe("channels of the first stage; the others have 2, 4 and 8 times as many"),
  freeze: z.enum(FREEZES).default("none").describe("what keeps the values it begins with: nothing, or all but fc"),
  pretrained: z
    .string()
    .min(1)
    .meta({ accepted: "a safetensors file", examples: ["resnet18.safetensors"] })
    .optional()
    .describe("initial weights as torchvision names them; a path from the working folder"),
  pretrainedPrefix: z
    .string()
    .min(1)
    .meta({ accepted: "a beginning of names", examples: ["module."] })
    .optional()
    .describe("what other programs put before the names in pretrained, such as module. or _orig_mod.: it is taken off"),
};

/** Every model, by the name that configs use. */
const MODELS = {
  mlp: entry({
    settings: z.strictObject({ kind: z.literal("mlp"), hidden: z.array(units).min(1).default([256, 256]) }),
    create: mlp,
  }),
  lenet: entry({ settings: z.strictObject({ kind: z.literal("lenet") }), create: lenet }),
  resnet18s: entry({
    settings: z.strictObject({ kind: z.literal("resnet18s"), ...resnetSettings }),
    create: (settings, input, classes) => freezing(settings, resnet18s(settings, input, classes)),
  }),
  resnet18: entry({
    settings: z.strictObject({ kind: z.literal("resnet18"), ...resnetSettings }),
    create: (settings, input, classes) => freezing(settings, resnet18(settings, input, classes)),
  }),
};

const freezing = ({ freeze }: { readonly freeze: Freeze }, model: Model): Model =>
  freeze === "backbone" ? withFrozenBackbone(model) : model;

/** What a config says of its model. */
export const modelSettings = z.discriminatedUnion("kind", [
  MODELS.mlp.settings,
  MODELS.lenet.settings,
  MODELS.resnet18s.settings,
  MODELS.resnet18.settings,
]);
export type ModelSettings = z.output<typeof modelSettings>;

/** Builds the model of a config, with fresh initial weights. @param input shape of one input; @param classes number of classes. */
export function createModel(settings: ModelSettings, input: readonly number[], classes: number): Model {
  switch (settings.kind) {
    case "mlp":
      return MODELS.mlp.create(settings, input, classes);
    case "lenet":
      return MODELS.lenet.create(settings, input, classes);
    case "resnet18s":
      return MODELS.resnet18s.create(settings, input, classes);
    case "resnet18":
      return MODELS.resnet18.create(settings, input, classes);
  }
}
