import { bunzip } from "../formats/bzip2.js";
import { readUsps } from "../formats/libsvm.js";
import { imageDataset } from "./image-dataset.js";

export const usps = imageDataset("usps", {
  files: { train: ["usps.bz2"], test: ["usps.t.bz2"] },
  decode(read, [file], { id, files }) {
    const bytes = read(file!);
    const where = `${id}: ${file!}`;
    return bytes && readUsps(bunzip(bytes, where, files.find(({ name }) => name === file)?.maxBytes), where);
  },
});
