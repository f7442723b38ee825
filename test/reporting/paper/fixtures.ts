import { methodTitle } from "../../../src/reporting/method-title.js";
import type { AnalysisRecord } from "../../../src/records/analysis.js";
import type { AnalysisStore } from "../../../src/records/analysis-store.js";
import type { CurveRow } from "../../../src/records/curve.js";
import type { Plan } from "../../../src/records/plan.js";
import type { RunRecord } from "../../../src/records/record.js";
import type { RunStore } from "../../../src/records/store.js";
import { NUMERICS } from "../../../src/records/numerics.js";
import type { Evidence, StoredAnalysis } from "../../../src/reporting/study-show.js";
import type { Experiment } from "../../../src/reporting/experiment.js";
import { plan, record, runIdOf, trialCell } from "../../records/fixtures.js";
import { SHOWS } from "../../support/studies.js";

/** Values of trials by method, then domain; a missing one is a run that has no record. */
export type Values = Readonly<Record<string, Readonly<Record<string, readonly (number | undefined)[]>>>>;

interface Given {
  readonly id?: string;
  readonly preset?: string;
  readonly metric?: "accuracy" | "auc";
  readonly values: Values;
  /** Test images, where the records say how many. */
  readonly images?: number;
  /** Domains of drawn data. */
  readonly standIn?: readonly string[];
  /** Methods that are learned; default: all, where it is said on what. */
  readonly learned?: readonly string[];
  /** Domains that learned methods learned on. */
  readonly learnedOn?: readonly string[];
  readonly weightDecays?: readonly number[];
  readonly more?: Partial<Plan>;
}

/** An experiment in memory: accuracies in percent, or AUCs; what is infinite is of a diverged run. With weight decays, the
 *  values of a domain are by trial, then by weight decay. */
export function experiment(given: Given): Experiment {
  const { id = "E2", preset = "paper", metric = "accuracy", values, standIn = [], more } = given;
  const { learned, learnedOn = learned === undefined ? [] : ["elsewhere"] } = given;
  const decays = given.weightDecays ?? [1e-4];
  const methods = Object.keys(values);
  const domains = [...new Set(methods.flatMap((method) => Object.keys(values[method]!)))];
  const records = new Map<string, RunRecord>();
  let number = 0;
  const cells = methods.flatMap((method) =>
    domains.flatMap((domain) =>
      (values[method]![domain] ?? []).map((value, place) => {
        const trial = Math.floor(place / decays.length);
        const weightDecay = decays[place % decays.length]!;
        const cell = {
          ...trialCell(++number, method, domain, trial),
          metaTrain: learned?.includes(method) === false ? [] : [...learnedOn],
          ...(given.weightDecays !== undefined && { weightDecay }),
        };
        if (value !== undefined)
          records.set(
            cell.id,
            record(cell, metric === "accuracy" ? { testAccuracy: value / 100 } : { auc: value }, {
              state: value === Infinity ? "diverged" : "done",
              counts: { steps: 100, epochs: 2.5, testReads: 1, images: given.images },
              selected: { learningRate: 0.1, weightDecay, gridEdge: [] },
              data: { tag: standIn.includes(domain) ? "synthetic" : "real", checksums: {} },
            }),
          );
        return cell;
      }),
    ),
  );
  const titled = methods.map((method) => ({ id: method, title: methodTitle(method) }));
  const config = { name: "small", experiment: id };
  return {
    store: { folder: "nowhere" } as RunStore,
    plan: plan(cells, { preset, methods: titled, holdouts: domains, config, ...more }),
    records,
  };
}

export const evidence = (experiments: readonly Experiment[], analyses: readonly StoredAnalysis[] = []): Evidence => ({
  results: "results",
  experiments,
  analyses,
  studies: SHOWS,
});

/** The same values in every one of some domains. */
export const inAll = <Value>(domains: readonly string[], values: Value): Record<string, Value> =>
  Object.fromEntries(domains.map((domain) => [domain, values]));

let analyses = 0;

/** A finished analysis with its series in memory; what is given replaces what is usual. */
export function analysis(
  given: Partial<AnalysisRecord> & Readonly<Record<string, unknown>> & { kind: string },
  series: readonly CurveRow[] = [],
): StoredAnalysis {
  const whole = {
    schemaVersion: 1,
    numerics: NUMERICS,
    id: runIdOf(0xa00 + ++analyses),
    experiment: "small",
    preset: "paper",
    configHash: "aa",
    config: { experiment: "E5" },
    settings: {},
    runs: [],
    engine: null,
    git: null,
    hardware: { cpu: "some", cores: 2, memoryBytes: 8e9 },
    startedAt: "2025-01-01",
    wallMilliseconds: 1,
    finishedAt: new Date(Date.UTC(2025, 0, 1, 0, 0, analyses)).toISOString(),
    ...given,
  };
  return { record: whole as AnalysisRecord, store: { series: () => series } as unknown as AnalysisStore };
}
