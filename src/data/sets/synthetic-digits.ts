import { syntheticDataset } from "../synthetic/synthetic.js";

export const syntheticDigits = syntheticDataset({ "synthetic-digits": { style: "plain", number: 0 } });
