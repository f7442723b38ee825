/** When a key of some settings can change nothing. */
export interface InertRule<Settings> {
  /** Why, in words; undefined where it may change something. Asked only where the key was written. */
  inert(settings: Settings): string | undefined;
  /** What gives it an effect. */
  readonly instead: string;
}

/** Rules by the key that they are of. */
export type InertRules<Settings> = { readonly [Key in keyof Settings]?: InertRule<Settings> };

/** A reason where it holds. */
export const because = (holds: boolean, why: string): string | undefined => (holds ? why : undefined);
