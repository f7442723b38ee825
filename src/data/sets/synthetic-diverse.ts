import { syntheticDataset } from "../synthetic/synthetic.js";

export const syntheticDiverse = syntheticDataset({
  "synthetic-diverse/thick": { style: "thick", number: 8 },
  "synthetic-diverse/thin": { style: "thin", number: 9 },
  "synthetic-diverse/outline": { style: "outline", number: 10 },
  "synthetic-diverse/invert": { style: "invert", number: 11 },
  "synthetic-diverse/texture": { style: "texture", number: 12 },
  "synthetic-diverse/letters": { style: "letters", number: 13 },
});
