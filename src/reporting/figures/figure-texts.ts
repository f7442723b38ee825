import { withoutNoise } from "../../core/noise.js";
import type { Plan } from "../../records/plan.js";
import type { Experiment } from "../experiment.js";
import { earlierSentences } from "../numerics.js";
import { paperResults } from "../paper/paper-results.js";
import type { CurveAxis } from "../measured/curves.js";
import type { LegendEntry, NotRun } from "./figure.js";

/** Three digits: "0.0123", "1.23e-7", "27300". */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return String(Number(value.toPrecision(3)));
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** "a", "a and b", "a, b and c". */
export const enumerated = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)!}`;

/** A domain by the name of the paper's tables, or its own. */
export function domainName(domain: string): string {
  const known = Object.entries(paperResults().domains).find(([, ours]) => ours === domain);
  if (known === undefined) return domain;
  return domain.startsWith("rotated-mnist/") ? `${known[0]} degrees` : known[0];
}

/** The methods of an experiment that are shown, in the plan's order. */
export const legendOf = ({ plan }: Experiment, shown: (method: string) => boolean): LegendEntry[] =>
  plan.methods
    .filter(({ id }) => shown(id))
    .map(({ id, title, look }) => ({ method: id, name: title, ...(look && { look }) }));

export const AXIS_TITLES: Readonly<Record<CurveAxis, string>> = {
  step: "Training step",
  epoch: "Epoch",
  time: "Wall-clock time (s)",
};

/** Preset and kinds of data: "Preset desk, real data." */
export function provenance(preset: string, tags: readonly (string | undefined)[]): string {
  const kinds = [...new Set(tags)].filter((tag) => tag !== undefined).sort();
  return `Preset ${preset}${kinds.length === 0 ? "" : `, ${enumerated(kinds)} data`}.`;
}

/** The presets of several experiments, and what to know of their numerics. */
export const presetsOf = (plans: readonly Pick<Plan, "preset" | "numerics">[]): string =>
  `Preset ${[...new Set(plans.map(({ preset }) => preset))].join(", ")}.` +
  earlierSentences(plans.map(({ numerics }) => numerics));

/** What is left out for want of records. */
export const notRun = (missing: string, command: string): NotRun => ({ missing, command });

/** The command that makes an experiment's records. */
export const runCommand = (config: string): string => `metamd run --config configs/${config}.yaml`;

/** The commands that make analyses of an experiment's trained models. */
export const analyseCommand = (config: string, analysis: string): string =>
  `${runCommand(config)}, metamd analyse ${analysis} --config configs/${config}.yaml`;

/** What a drawing says of the best and the worst: "lowest with MetaMD (0.4), highest with L2O (2.1)". */
export function extremes(
  all: readonly { readonly method: string; readonly value: number }[],
  name: (method: string) => string,
  show: (value: number) => string = short,
): string {
  if (all.length === 0) return "no value";
  const comparable = withoutNoise(all.map(({ value }) => value));
  const first = all[comparable.indexOf(Math.min(...comparable))]!;
  const last = all[comparable.lastIndexOf(Math.max(...comparable))]!;
  const low = `lowest with ${name(first.method)} (${show(first.value)})`;
  return first === last ? low : `${low}, highest with ${name(last.method)} (${show(last.value)})`;
}
