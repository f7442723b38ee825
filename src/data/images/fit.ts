import { EXIT, UserError } from "../../core/errors.js";
import type { Frame } from "../dataset.js";
import { sameShape, type Shape } from "./shape.js";

/** Brings decoded images to the frame of a suite.
 *  @param from their shape. @param domain for messages.
 *  @returns a function of n images' bytes, row-major, that gives n images of the frame.
 *  @throws UserError (usage) when there is no way. */
export function fit(from: Shape, { size, channels }: Frame, domain: string): (images: Uint8Array) => Uint8Array {
  if (sameShape(from, { height: size, width: size, channels })) return (images) => images;
  throw new UserError(EXIT.usage, {
    where: `suite.image for ${domain}`,
    given: `${size}x${size}x${channels}`,
    accepted: `${from.height}x${from.width}x${from.channels}`,
  });
}
