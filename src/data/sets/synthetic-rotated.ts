import { ANGLES } from "../images/rotate.js";
import { syntheticDataset } from "../synthetic/synthetic.js";

export const syntheticRotated = syntheticDataset(
  Object.fromEntries(ANGLES.map((angle, k) => [`synthetic-rotated/${angle}`, { style: "plain", number: k }])),
);
