import { idxDataset } from "./idx-dataset.js";

export const mnist = idxDataset("mnist");
