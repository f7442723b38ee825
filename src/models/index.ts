import { z } from "zod";
import { openTable } from "../core/registry.js";
import { FREEZES, withFrozenBackbone, type Freeze } from "./freeze.js";
import { lenet } from "./lenet.js";
import { mlp } from "./mlp.js";
import type { Model } from "./model.js";
import { resnet18, resnet18s } from "./resnet18.js";

/** A model kind: its settings, and how to build it for an input shape and a number of classes. */
export interface ModelEntry<Settings extends z.ZodType = z.ZodType> {
  readonly settings: Settings;
  create(settings: z.output<Settings>, input: readonly number[], classes: number): Model;
}
/** Checks a line of the table against its own settings. */
export const modelEntry = <Settings extends z.ZodType>(line: ModelEntry<Settings>): ModelEntry<Settings> => line;

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

/** Every model that comes with the program, by the name that configs use. */
const OWN_MODELS = {
  mlp: modelEntry({
    settings: z.strictObject({ kind: z.literal("mlp"), hidden: z.array(units).min(1).max(1000).default([256, 256]) }),
    create: mlp,
  }),
  lenet: modelEntry({ settings: z.strictObject({ kind: z.literal("lenet") }), create: lenet }),
  resnet18s: modelEntry({
    settings: z.strictObject({ kind: z.literal("resnet18s"), ...resnetSettings }),
    create: (settings, input, classes) => freezing(settings, resnet18s(settings, input, classes)),
  }),
  resnet18: modelEntry({
    settings: z.strictObject({ kind: z.literal("resnet18"), ...resnetSettings }),
    create: (settings, input, classes) => freezing(settings, resnet18(settings, input, classes)),
  }),
};

const freezing = ({ freeze }: { readonly freeze: Freeze }, model: Model): Model =>
  freeze === "backbone" ? withFrozenBackbone(model) : model;

/** Every model: those of the program, and those of plug-ins. */
export const MODELS = openTable<string, ModelEntry>(OWN_MODELS as unknown as Record<string, ModelEntry>);

const ownSettings = [
  OWN_MODELS.mlp.settings,
  OWN_MODELS.lenet.settings,
  OWN_MODELS.resnet18s.settings,
  OWN_MODELS.resnet18.settings,
] as const;
type OwnSettings = z.ZodDiscriminatedUnion<typeof ownSettings>;

/** What a config says of its model. @param plugged models of plug-ins that it may name. */
export const modelSettings = (plugged: readonly string[] = []): OwnSettings =>
  z.discriminatedUnion("kind", [
    ...ownSettings,
    ...plugged.map((kind) => MODELS.of(kind).settings),
  ] as never) as unknown as OwnSettings;
/** Those of a plug-in's model have another kind, and keys of their own. */
export type ModelSettings = z.output<OwnSettings>;

/** Builds the model of a config, with fresh initial weights. @param input shape of one input; @param classes number of classes. */
export const createModel = (settings: ModelSettings, input: readonly number[], classes: number): Model =>
  MODELS.of(settings.kind).create(settings, input, classes);
