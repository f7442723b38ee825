import { z } from "zod";

/** A module from outside that a run was made with: its path as the config has it, and its content. */
export const usedPlugin = z.strictObject({ file: z.string(), sha256: z.string() });
export type UsedPlugin = z.output<typeof usedPlugin>;
