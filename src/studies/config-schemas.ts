import type { z } from "zod";
import { configSchemaFor } from "../config/schema.js";
import type { StudyName } from "../config/shipped.js";
import { certificateSchema } from "./certificate/settings.js";
import { hypergradientSchema } from "./hypergradient/settings.js";
import { quadraticSchema } from "./quadratic/settings.js";

/** What config files are of. */
export type ConfigKindName = "experiment" | StudyName;

/** The schema of every kind of config file, without its presets.
 *  @param dataFolder folder of all datasets, for the user's own domains. */
export const CONFIG_SCHEMAS: Readonly<Record<ConfigKindName, (dataFolder?: string) => z.ZodType>> = {
  experiment: configSchemaFor,
  quadratic: () => quadraticSchema,
  certificate: certificateSchema,
  hypergradient: hypergradientSchema,
};
