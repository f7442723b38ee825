import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { maximisers, upperConfidenceBound } from "../../src/tuning/acquisition.js";
import { standardise } from "../../src/tuning/bayes.js";
import { cholesky, inverse, jitteredCholesky, solveLower, solveUpper } from "../../src/tuning/cholesky.js";
import { fit, negativeLogPosterior } from "../../src/tuning/fit.js";
import { evidence, posterior, type Hyperparameters } from "../../src/tuning/gaussian-process.js";
import { gamma, logNormal, PRIORS, PRIOR_NAMES, type PriorName } from "../../src/tuning/priors.js";
import { namedStream } from "../../src/core/rng.js";
import { closeTo } from "../support/numbers.js";

/** The specification's check, section 15. */
const X = [
  [0.1, 0.2],
  [0.5, 0.9],
  [0.8, 0.3],
  [0.35, 0.55],
];
const Y = [0.71, 0.78, 0.55, 0.83];
const GIVEN: Hyperparameters = { lengthscales: [0.4, 0.7], outputscale: 1.2, noise: 0.05, mean: 0 };
const { z, mean, deviation } = standardise(Y);

describe("the specification's check values", () => {
  test("standardised outcomes", () => {
    [-0.06145958, 0.51216319, -1.37259736, 0.92189375].forEach((value, i) => expect(z[i]).toBeCloseTo(value, 8));
  });

  test("log marginal likelihood and its gradient", () => {
    const { value, gradient } = evidence(X, z, GIVEN)!;
    closeTo([value], [-5.999467062948197], 1e-12);
    const { lengthscales, outputscale, noise } = gradient;
    [-3.2114728092, -0.5123763468, 0.6869982997, 0.2872322722].forEach((expected, i) =>
      expect([...lengthscales, outputscale, noise][i]).toBeCloseTo(expected, 9),
    );
  });

  test("predictions, their upper confidence bounds, and both on the scale of accuracies", () => {
    const predict = posterior(X, z, GIVEN);
    const [near, far] = [predict([0.3, 0.6]), predict([0.9, 0.9])];
    const close = (found: readonly number[], expected: readonly number[]): void =>
      expected.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 8));
    close([near.mean, far.mean], [0.85578127, -0.91108657]);
    close([near.variance, far.variance], [0.05093225, 0.46351072]);
    const bounds = (beta: number): number[] => [near, far].map((at) => upperConfidenceBound(at, beta));
    close(bounds(0.2), [0.95670922, -0.6066163]);
    close(bounds(2), [1.17494346, 0.05173296]);
    close(
      [near, far].map((at) => mean + deviation * at.mean),
      [0.8219322, 0.60631882],
    );
    close(
      [near, far].map(({ variance }) => deviation * Math.sqrt(variance)),
      [0.02754026, 0.08308097],
    );
  });
});

describe("gradients against central differences", () => {
  test.each(PRIOR_NAMES)("log posterior under %s", (name) => {
    const priors = PRIORS[name](2);
    const objective = negativeLogPosterior(X, z, priors);
    const scaled = priors.outputscale === undefined ? [] : [0.3];
    const at = [-0.9, -0.2, ...scaled, -2.5, 0.15];
    const h = 1e-6;
    const differences = at.map((_, i) => {
      const moved = (by: number): number => objective(at.map((value, j) => (i === j ? value + by : value)))!.value;
      return (moved(h) - moved(-h)) / (2 * h);
    });
    closeTo(objective(at)!.gradient, differences, 1e-8);
  });
});

describe("priors", () => {
  const moments = (draw: () => number): [number, number] => {
    const values = Array.from({ length: 20_000 }, draw);
    const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
    return [centre, values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length];
  };

  test.each([
    ["Gamma(3, 6)", gamma(3, 6), 3 / 6, 3 / 36],
    ["Gamma(1.1, 0.05)", gamma(1.1, 0.05), 1.1 / 0.05, 1.1 / 0.0025],
    ["LogNormal(-1, 0.5)", logNormal(-1, 0.5), Math.exp(-0.875), (Math.exp(0.25) - 1) * Math.exp(-1.75)],
  ])("%s is sampled with its mean and variance", (_name, prior, expectedMean, expectedVariance) => {
    const uniform = namedStream(0, "test");
    const [centre, variance] = moments(() => prior.sample(uniform));
    expect(Math.abs(centre / expectedMean - 1)).toBeLessThan(0.03);
    expect(Math.abs(variance / expectedVariance - 1)).toBeLessThan(0.08);
  });
});

describe("cholesky", () => {
  const a = [
    [4, 1, 0.5],
    [1, 3, -0.2],
    [0.5, -0.2, 2],
  ].map((row) => Float64Array.from(row));
  const times = (x: ArrayLike<number>): number[] => a.map((row) => row.reduce((sum, v, j) => sum + v * x[j]!, 0));

  test("solves and inverts", () => {
    const factor = cholesky(a)!;
    closeTo(times(solveUpper(factor, solveLower(factor, [1, 2, 3]))), [1, 2, 3], 1e-14);
    inverse(factor).forEach((row, i) =>
      closeTo(
        times(row),
        [0, 1, 2].map((j) => (i === j ? 1 : 0)),
        1e-14,
      ),
    );
  });

  test("a singular matrix has a factor with jitter, an indefinite one has none", () => {
    const ones = [0, 1, 2].map(() => new Float64Array(3).fill(1));
    expect(cholesky(ones)).toBeUndefined();
    expect(jitteredCholesky(ones)).toBeDefined();
    expect(jitteredCholesky([Float64Array.of(1, 2), Float64Array.of(2, 1)])).toBeUndefined();
  });
});

test("maximisers climb from the best candidates along the movable axes only", () => {
  const peak = (x: readonly number[]): number => -((x[0]! - 0.3) ** 2) - (x[1]! - 0.7) ** 2;
  const candidates = [
    [0.1, 0.9],
    [0.8, 0.2],
  ];
  closeTo(maximisers(peak, candidates, [0, 1])[0]!.x, [0.3, 0.7], 1e-5);
  closeTo(maximisers(peak, candidates, [0])[0]!.x, [0.3, 0.9], 1e-5);
  expect(maximisers(peak, candidates, [0, 1])).toHaveLength(4);
});

interface Answers {
  readonly hyperparameters: Hyperparameters;
  readonly logPosterior: number;
  readonly mean: readonly number[];
  readonly variance: readonly number[];
  readonly argmax: Readonly<Record<string, { readonly x: readonly number[]; readonly value: number }>>;
}
interface Case {
  readonly name: string;
  readonly prior: PriorName;
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
  readonly start: { readonly hyperparameters: Hyperparameters };
  readonly fixed: Answers;
  readonly fitted: Pick<Answers, "hyperparameters" | "logPosterior">;
  readonly converged: Answers;
}
const golden = JSON.parse(readFileSync(new URL("../golden/gp-ucb.json", import.meta.url), "utf8")) as {
  readonly grid: readonly (readonly number[])[];
  readonly fineSteps: number;
  readonly cases: readonly Case[];
};
const fine = Array.from({ length: (golden.fineSteps + 1) ** 2 }, (_, i) => [
  Math.floor(i / (golden.fineSteps + 1)) / golden.fineSteps,
  (i % (golden.fineSteps + 1)) / golden.fineSteps,
]);

describe.each(golden.cases)("as BoTorch: $name, $prior", ({ prior, x, y, start, fixed, fitted, converged }) => {
  const priors = PRIORS[prior](2);
  const { z: standard, mean: centre, deviation: spread } = standardise(y);

  /** Predictions of a model, and the grid's point of highest acquisition, against BoTorch's. */
  function compare(held: Hyperparameters, answers: Answers, tolerance: number): void {
    const predict = posterior(x, standard, held);
    const found = golden.grid.map(predict);
    found.forEach((at, i) => {
      expect(Math.abs(at.mean - answers.mean[i]!)).toBeLessThan(tolerance);
      expect(Math.abs(at.variance - answers.variance[i]!)).toBeLessThan(tolerance);
    });
    for (const [beta, best] of Object.entries(answers.argmax)) {
      const bounds = fine.map((at) => centre + spread * upperConfidenceBound(predict(at), Number(beta)));
      const highest = Math.max(...bounds);
      expect(Math.abs(highest - best.value)).toBeLessThan(tolerance);
      closeTo(fine[bounds.indexOf(highest)]!, best.x, 1e-12);
    }
  }

  test("fixed hyper-parameters", () => {
    compare(fixed.hyperparameters, fixed, 1e-6);
  });

  test("the fit begins where BoTorch's does", () => {
    const { lengthscales, outputscale, noise } = start.hyperparameters;
    const { start: ours } = priors;
    closeTo([ours.lengthscale, ours.outputscale, ours.noise], [lengthscales[0]!, outputscale, noise], 1e-12);
  });

  test("fitted hyper-parameters", () => {
    const held = fit(x, standard, priors, namedStream(0, "test"));
    const variables = ({ lengthscales, outputscale, noise, mean: c }: Hyperparameters): number[] => [
      ...[...lengthscales, ...(priors.outputscale === undefined ? [] : [outputscale]), noise].map(Math.log),
      c,
    ];
    const objective = negativeLogPosterior(x, standard, priors);
    const valueOf = (of: Hyperparameters): number => objective(variables(of))!.value;
    // Log densities without their constants: differences are what can be compared.
    expect(valueOf(fixed.hyperparameters) - valueOf(converged.hyperparameters)).toBeCloseTo(
      converged.logPosterior - fixed.logPosterior,
      8,
    );
    expect(valueOf(held)).toBeLessThan(valueOf(fitted.hyperparameters) + 1e-9);
    // Where both end, the gradient is below 1e-8: that leaves 4e-7 in the flattest direction, a noise near its bound.
    closeTo(variables(held), variables(converged.hyperparameters), 1e-6);
    compare(held, converged, 1e-6);
  });
});
