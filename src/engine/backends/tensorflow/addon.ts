import { join } from "node:path";
import { packageRoot } from "../../../core/files.js";

/** Parts of @tensorflow/tfjs-node-gpu: its backend's scripts and its C++ sources. `npm run build` copies them there, as
 *  the package's own install script downloads a TensorFlow that is not used. */
export const addonFolder = (): string => join(packageRoot(), "dist", "addon");
