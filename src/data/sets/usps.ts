import { bunzip } from "../formats/bzip2.js";
import { readUsps, uspsText } from "../formats/libsvm.js";
import { imageDataset } from "./image-dataset.js";

export const usps = imageDataset("usps", {
  files: { train: ["usps.bz2"], test: ["usps.t.bz2"] },
  encode: (split) => [uspsText(split)],
  decode(read, [file], { id, files }) {
    const bytes = read(file!);
    if (bytes === undefined) return undefined;
    const where = `${id}: ${file!}`;
    const packed = bytes[0] === 0x42 && bytes[1] === 0x5a;
    return readUsps(packed ? bunzip(bytes, where, files.find(({ name }) => name === file)?.maxBytes) : bytes, where);
  },
});
