import { readStlImages, readStlLabels, stlFiles, STL_SIDE } from "../formats/stl-binary.js";
import { refusal } from "../formats/refusal.js";
import { imageDataset } from "./image-dataset.js";

const FOLDER = "stl10_binary";

/** The labelled images of STL-10; its folds are not used. */
export const stl10 = imageDataset("stl10", {
  unpacked: true,
  files: {
    train: [`${FOLDER}/train_X.bin`, `${FOLDER}/train_y.bin`],
    test: [`${FOLDER}/test_X.bin`, `${FOLDER}/test_y.bin`],
  },
  encode: stlFiles,
  decode(read, [imageFile, labelFile], { id }) {
    const [images, classes] = [read(imageFile!), read(labelFile!)];
    if (images === undefined || classes === undefined) return undefined;
    const labels = readStlLabels(classes, `${id}: ${labelFile!}`);
    const pixels = readStlImages(images, `${id}: ${imageFile!}`);
    const count = pixels.length / (3 * STL_SIDE * STL_SIDE);
    if (count !== labels.length) throw refusal(`${id}: ${labelFile!}`, `${labels.length} labels`, `${count} labels`);
    return { labels, pixels };
  },
});
