import { mean, std } from "../../../src/core/averages.js";
import type { Group } from "../../../src/reporting/statistics/t-tests.js";

/** What is known of values where only their mean and spread were kept. */
export const groupOf = (values: readonly number[]): Group => ({
  mean: mean(values),
  std: std(values) ?? NaN,
  n: values.length,
});
