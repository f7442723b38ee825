import { z } from "zod";
import { domainIds } from "../../data/index.js";
import { metamdSettings } from "../../meta/metamd/settings.js";
import { unusedInverse } from "../../config/checks.js";
import { inertMetamdKeys } from "../../config/inert-keys.js";
import { repeated, type PathFault } from "../../config/faults.js";
import { key, name } from "../../config/keys.js";
import { ownConfig, type OwnConfig } from "../shared/own-config.js";
import type { ConfigFlags } from "../../config/read-config.js";

/** The parts of the study: quadratics, softmax regression, deep nets. */
const PARTS = ["A", "B", "C"] as const;
export type Part = (typeof PARTS)[number];

const count = z.int().positive();
const positive = z.number().positive();

const constants = z.strictObject({
  c: key(
    z.union([positive, z.strictObject({ union: positive })]).meta({ accepted: "a number above 0, or {union: number}" }),
    "bound of |M - I|, or the least of a sequence of bounds that doubles, held at once by a union bound",
    1,
  ),
  r: key(positive, "bound of the distance from start to optimum; tasks beyond are not drawn", 8),
});

const quadratics = z.strictObject({
  study: key(
    z.string().min(1).default("quadratic"),
    "name of the two-dimensional study whose tasks and learned preconditioners are taken",
  ),
  families: key(z.strictObject({ top: constants.optional(), bottom: constants.optional() }), "constants by family"),
  smoothness: key(positive, "L, a bound of every task's largest curvature", 42),
  stepShare: key(positive.default(1), "the step as a share of lambda / (2 L), the largest that the theorem admits"),
  tasks: key(z.array(count).min(1), "n: meta-training tasks of a drawing", [32]),
  steps: key(z.array(count).min(1), "T", [10_000]),
  redraws: key(count, "drawings of the meta-training tasks", 200),
  novelTasks: key(count, "tasks that the left side is measured on", 500),
});

/** @param domains ids that are known. */
const softmax = (domains: z.ZodType<string>) =>
  z.strictObject({
    domains: key(z.array(domains).min(1), "rotations that the preconditioner is learned on", ["rotated-mnist/0"]),
    novel: key(domains, "the rotation that the left side is measured on", "rotated-mnist/75"),
    trainImages: key(count.optional(), "at most this many images of a rotation, class-balanced; absent: all", 10_000),
    batchSize: key(count.default(128), "images of a step"),
    weightDecay: key(positive.default(0.01), "part of the loss, which it makes strongly convex"),
    gradientNorm: key(positive.default(1e-6), "at which an optimum is found"),
    stepShare: key(positive.default(1), "the step as a share of lambda / (2 L)"),
    steps: key(z.array(count).min(1), "T", [1000]),
    learning: key(metamdSettings.prefault({}), "how the preconditioner is learned"),
  });

const schemaOf = (domains: z.ZodType<string>) =>
  z.strictObject({
    study: key(z.literal("certificate"), "what kind of config this is", "certificate"),
    name,
    title: key(z.string().min(1).optional(), "for people"),
    experiment: key(z.string().min(1).optional(), "number of the paper's experiment", "E10"),
    parts: key(
      z
        .array(z.enum(PARTS))
        .min(1)
        .default([...PARTS]),
      "A: quadratics, B: softmax regression, C: deep nets",
    ),
    delta: key(z.number().gt(0).lt(1).default(0.05), "the bound holds with probability 1 - delta"),
    quadratics: key(quadratics, "part A"),
    softmax: key(softmax(domains), "part B"),
    seed: key(z.int().min(0).default(0), "of everything random"),
  });
/** @param dataFolder folder of all datasets, for the user's own domains. */
export const certificateSchema = (dataFolder?: string): ReturnType<typeof schemaOf> =>
  schemaOf(z.enum(domainIds(dataFolder)));
export type CertificateConfig = z.output<ReturnType<typeof schemaOf>>;

/** What decides whether what it judges, part A, is of the shipped size. */
const SIZE = {
  same: ["quadratics.families"],
  less: ["quadratics.tasks", "quadratics.steps", "quadratics.redraws", "quadratics.novelTasks"],
};

/** @throws UserError (usage) that lists everything wrong with the config. */
export const loadCertificate = (flags: ConfigFlags): OwnConfig<CertificateConfig> =>
  ownConfig(flags, {
    study: "certificate",
    schema: certificateSchema(flags.data),
    begin: "begin with study: certificate, name, quadratics and softmax; see configs/certificate.yaml",
    crossChecks,
    inertKeys: ({ softmax }, written) => inertMetamdKeys(["softmax", "learning"], softmax.learning, written),
    size: SIZE,
    // Which parts are computed changes none of them.
    without: ["parts"],
  });

function crossChecks({ parts, quadratics, softmax }: CertificateConfig): PathFault[] {
  const learnedOn: PathFault = {
    path: ["softmax", "novel"],
    given: `given ${softmax.novel}, which is learned on`,
    accepted: "a rotation that is not in softmax.domains",
    hint: "take it out of there, or choose another",
  };
  return [
    ...repeated(["parts"], parts),
    ...repeated(["quadratics", "tasks"], quadratics.tasks),
    ...repeated(["quadratics", "steps"], quadratics.steps),
    ...repeated(["softmax", "domains"], softmax.domains),
    ...repeated(["softmax", "steps"], softmax.steps),
    ...(softmax.domains.includes(softmax.novel) ? [learnedOn] : []),
    ...unusedInverse(["softmax", "learning"], softmax.learning),
  ];
}
