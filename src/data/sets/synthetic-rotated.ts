import { ANGLES } from "../angles.js";
import { syntheticDataset } from "../synthetic.js";

export const syntheticRotated = syntheticDataset(
  Object.fromEntries(ANGLES.map((angle, k) => [`synthetic-rotated/${angle}`, { style: "plain", number: k }])),
);
