import { z } from "zod";
import { domainIds } from "../../data/index.js";
import { metamdSettings, neumannSettings } from "../../meta/metamd/settings.js";
import { modelSettings } from "../../models/index.js";
import { unusedInverse } from "../../config/checks.js";
import { repeated, type PathFault } from "../../config/faults.js";
import { key, name } from "../../config/keys.js";
import { ownConfig, type OwnConfig } from "../shared/own-config.js";
import type { ConfigFlags } from "../../config/read-config.js";

const count = z.int().positive();

/** @param domain ids that are known. */
const schemaOf = (domain: z.ZodType<string>) =>
  z.strictObject({
    study: key(z.literal("hypergradient"), "what kind of config this is", "hypergradient"),
    name,
    title: key(z.string().min(1).optional(), "for people"),
    domain: key(domain, "whose training images the inner runs see", "mnist"),
    trainImages: key(count.optional(), "at most this many of them, class-balanced; absent: all", 10_000),
    model: key(modelSettings(), "what is trained"),
    batchSize: key(count, "images of a step", 64),
    horizons: key(z.array(count).min(1), "T: steps after which the hypergradients are compared", [1, 20, 100]),
    seeds: key(count, "repetitions, each with weights, batches and a learned M of its own", 10),
    normalise: key(
      z.boolean().default(false),
      "weigh every block's divergence with 1 / |D|^2, held constant, as learning with normalise does",
    ),
    neumann: key(
      neumannSettings.prefault({}),
      "the series of the mode that is compared besides those with the exact M^-1",
    ),
    learning: key(
      metamdSettings.prefault({}),
      "how M is learned; its start is the first M, and its innerLearningRate that of all runs",
    ),
    seed: key(z.int().min(0).default(0), "of everything random"),
  });
/** @param dataFolder folder of all datasets, for the user's own domains. */
export const hypergradientSchema = (dataFolder?: string): ReturnType<typeof schemaOf> =>
  schemaOf(z.enum(domainIds(dataFolder)));
export type HypergradientConfig = z.output<ReturnType<typeof schemaOf>>;

/** @throws UserError (usage) that lists everything wrong with the config. */
export const loadHypergradient = (flags: ConfigFlags): OwnConfig<HypergradientConfig> =>
  ownConfig(flags, {
    study: "hypergradient",
    schema: hypergradientSchema(flags.data),
    begin:
      "begin with study: hypergradient, name, domain, model, batchSize, horizons and seeds; see configs/hypergradient.yaml",
    crossChecks,
    // How many seeds there are changes none of them.
    without: ["seeds"],
  });

const crossChecks = ({ horizons, learning }: HypergradientConfig): PathFault[] => [
  ...repeated(["horizons"], horizons),
  ...unusedInverse(["learning"], learning),
];
