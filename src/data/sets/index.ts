import type { DatasetEntry } from "../dataset.js";
import { aircraft } from "./aircraft.js";
import { butterfly } from "./butterfly.js";
import { caltech256 } from "./caltech256.js";
import { cifar10 } from "./cifar10.js";
import { dtd } from "./dtd.js";
import { fashionMnist } from "./fashion-mnist.js";
import { flowers102 } from "./flowers102.js";
import { kmnist } from "./kmnist.js";
import { mnist } from "./mnist.js";
import { pets } from "./pets.js";
import { pubfig83 } from "./pubfig83.js";
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
  aircraft,
  butterfly,
  pets,
  caltech256,
  dtd,
  flowers102,
  pubfig83,
  "synthetic-digits": syntheticDigits,
  "synthetic-rotated": syntheticRotated,
  "synthetic-diverse": syntheticDiverse,
  "synthetic-textures": syntheticTextures,
};
