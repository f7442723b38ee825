import { cifarFiles, readCifar } from "../formats/cifar-binary.js";
import { concatenate } from "../bytes.js";
import { imageDataset } from "./image-dataset.js";

const FOLDER = "cifar-10-batches-bin";

export const cifar10 = imageDataset("cifar10", {
  unpacked: true,
  files: {
    train: [1, 2, 3, 4, 5].map((batch) => `${FOLDER}/data_batch_${batch}.bin`),
    test: [`${FOLDER}/test_batch.bin`],
  },
  encode: cifarFiles,
  decode(read, files, { id }) {
    const batches = files.flatMap((file) => {
      const bytes = read(file);
      return bytes === undefined ? [] : [readCifar(bytes, `${id}: ${file}`)];
    });
    if (batches.length === 0) return undefined;
    return {
      labels: concatenate(batches.map(({ labels }) => labels)),
      pixels: concatenate(batches.map(({ pixels }) => pixels)),
    };
  },
});
