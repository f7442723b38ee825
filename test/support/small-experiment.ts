import { stringify } from "yaml";

/** Runs of `SMALL`. */
export const SMALL_CELLS = 6;

const USUAL = {
  name: "small",
  suite: {
    domains: ["synthetic-rotated/0", "synthetic-rotated/15"],
    protocol: { metaTest: ["synthetic-rotated/15"] },
    limits: { trainImages: 200, validationImages: 100, testImages: 100 },
  },
  model: { kind: "mlp", hidden: [16] },
  training: { batchSize: 20, steps: 60, aucWindowSteps: 10 },
  methods: ["sgd", "adam"],
  tuning: { seeds: 1, space: { learningRate: [0.01], weightDecay: [0.0001] } },
  trials: 2,
};

/** The config of an experiment whose runs take moments. @param own keys that it has besides, or with other values; the
 *  same holds below them. */
export const smallExperiment = (own: Readonly<Record<string, unknown>> = {}): string => stringify(merged(USUAL, own));

/** An experiment that takes a second or two. */
export const SMALL = smallExperiment();

type Mapping = Readonly<Record<string, unknown>>;
const isMapping = (value: unknown): value is Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function merged(usual: Mapping, own: Mapping): Mapping {
  const changed = Object.entries(own).map(([key, value]): [string, unknown] => {
    const before = usual[key];
    return [key, isMapping(before) && isMapping(value) ? merged(before, value) : value];
  });
  return { ...usual, ...Object.fromEntries(changed) };
}
