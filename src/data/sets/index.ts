import type { DatasetEntry } from "../dataset.js";
import { mnist } from "./mnist.js";
import { rotatedMnist } from "./rotated-mnist.js";
import { syntheticDigits } from "./synthetic-digits.js";
import { syntheticDiverse } from "./synthetic-diverse.js";
import { syntheticRotated } from "./synthetic-rotated.js";

/** Every dataset by id; its title, files and licence are in datasets/manifest.yaml. */
export const datasets: Readonly<Record<string, DatasetEntry>> = {
  mnist,
  "rotated-mnist": rotatedMnist,
  "synthetic-digits": syntheticDigits,
  "synthetic-rotated": syntheticRotated,
  "synthetic-diverse": syntheticDiverse,
};
