// A worker thread that decodes photos for `decoders.ts`.
import { parentPort } from "node:worker_threads";
import { UserError } from "../../core/errors.js";
import { decodePhoto } from "./decode.js";
import type { FromDecoder, ToDecoder } from "./decoders.js";

const port = parentPort!;

async function answer({ id, path, frame, sha256 }: ToDecoder): Promise<void> {
  try {
    const pixels = await decodePhoto(path, frame, sha256);
    port.postMessage({ id, pixels } satisfies FromDecoder, [pixels.buffer as ArrayBuffer]);
  } catch (error) {
    const faults = error instanceof UserError ? error.faults : undefined;
    port.postMessage({ id, message: (error as Error).message, faults } satisfies FromDecoder);
  }
}

port.on("message", (request: ToDecoder) => void answer(request));
