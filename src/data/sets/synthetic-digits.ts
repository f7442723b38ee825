import { syntheticDataset } from "../synthetic.js";

export const syntheticDigits = syntheticDataset({ "synthetic-digits": { style: "plain", number: 0 } });
