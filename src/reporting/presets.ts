/** Presets from the most to the least that they say of the paper; others come after these, by name. */
export const PRESETS = ["paper", "half", "extended", "literal", "short", "desk", "synthetic", "smoke"] as const;

/** Presets whose protocol is the paper's, shorter at most: what they show can speak for or against a claim. */
const FULL_SIZE: readonly string[] = ["paper", "half", "extended", "literal", "highres"];

/** Whether it shows no more than that the program works. */
export const isSmoke = (size: string): boolean => size.startsWith("smoke");

export const isFullSize = (preset: string): boolean => FULL_SIZE.includes(preset);

/** What says how large an experiment or an analysis is. */
export interface Sized {
  readonly preset: string;
  /** Keys in which its config makes it smaller than the shipped one at that preset. */
  readonly ownSize?: readonly string[] | undefined;
}

/** The size of an experiment: its preset, and that its config makes it smaller than that, so that it is none of the paper's. */
export const sizeOf = ({ preset, ownSize }: Sized): string =>
  ownSize === undefined ? preset : `${preset}, made smaller`;
