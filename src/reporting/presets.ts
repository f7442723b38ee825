/** Presets from the most to the least that they say of the paper; others come after these, by name. */
export const PRESETS = ["paper", "half", "extended", "literal", "desk", "synthetic", "smoke"] as const;
