import { z } from "zod";

/** A key with its meaning, and a value to show where none was given. */
export const key = <Schema extends z.ZodType>(schema: Schema, description: string, example?: z.input<Schema>): Schema =>
  schema.meta({ description, ...(example !== undefined && { examples: [example] }) });

/** The name of an experiment or a study. */
export const name = key(
  z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/)
    .meta({ accepted: "1 to 64 lower-case letters, digits, dots, _ or -, a letter or digit first" }),
  "folder of the results",
  "my-experiment",
);
