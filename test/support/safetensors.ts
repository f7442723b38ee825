import { safetensorsParts, type Safetensors } from "../../src/records/safetensors.js";

/** A safetensors file's bytes. */
export const encodeSafetensors = (contents: Safetensors): Buffer => Buffer.concat(safetensorsParts(contents));
