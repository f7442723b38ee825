import { idxDataset } from "./idx-dataset.js";

export const kmnist = idxDataset("kmnist");
