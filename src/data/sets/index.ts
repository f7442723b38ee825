import type { DatasetEntry } from "../dataset.js";
import { cifar10 } from "./cifar10.js";
import { fashionMnist } from "./fashion-mnist.js";
import { kmnist } from "./kmnist.js";
import { mnist } from "./mnist.js";
import { qmnist } from "./qmnist.js";
import { rotatedMnist } from "./rotated-mnist.js";
import { stl10 } from "./stl10.js";
import { svhn } from "./svhn.js";
import { syntheticDigits } from "./synthetic-digits.js";
import { syntheticDiverse } from "./synthetic-diverse.js";
import { syntheticRotated } from "./synthetic-rotated.js";
import { syntheticTextures } from "./synthetic-textures.js";
import { usps } from "./usps.js";

/** Every dataset by id; its title, files and licence are in datasets/manifest.yaml. */
export const datasets: Readonly<Record<string, DatasetEntry>> = {
  mnist,
  "rotated-mnist": rotatedMnist,
  qmnist,
  kmnist,
  "fashion-mnist": fashionMnist,
  usps,
  svhn,
  cifar10,
  stl10,
  "synthetic-digits": syntheticDigits,
  "synthetic-rotated": syntheticRotated,
  "synthetic-diverse": syntheticDiverse,
  "synthetic-textures": syntheticTextures,
};
