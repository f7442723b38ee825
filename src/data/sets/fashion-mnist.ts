import { idxDataset } from "./idx-dataset.js";

export const fashionMnist = idxDataset("fashion-mnist");
