import { constants } from "node:buffer";
import { EXIT, UserError } from "../../core/errors.js";
import { byteSize } from "../../core/wording.js";
import { bytesOf, type Domain } from "../../data/index.js";

/** Bytes of the images that a process holds which tunes on a domain and tests on it: photos are read from the disk as they
 *  are needed. */
export function imageBytes(domain: Domain): number {
  if (domain.arePhotos) return 0;
  const images = domain.expected("train") + domain.expected("validation");
  return bytesOf(domain) * (images + domain.expected("trainAll") + domain.expected("test"));
}

/** Refuses a set of images that no process can hold in one piece.
 *  @param memory bytes of the machine. @param most bytes of an array.
 *  @throws UserError (usage) with what it takes, and what would fit. */
export function refuseLargeSet(domain: Domain, memory: number, most: number = constants.MAX_LENGTH): void {
  if (domain.arePhotos) return;
  const { id, height, width, channels } = domain;
  const bound = Math.min(memory, most);
  for (const [name, limit] of [
    ["trainAll", "trainImages"],
    ["test", "testImages"],
  ] as const) {
    const count = domain.expected(name);
    const bytes = count * bytesOf(domain);
    if (bytes <= bound) continue;
    const fitting = Math.floor(Math.sqrt(bound / (count * channels)));
    throw new UserError(EXIT.usage, {
      where: `suite.image and ${id}`,
      given: `${count} images of ${height}x${width}x${channels}, which are held in memory: ${byteSize(bytes)}`,
      accepted: `at most ${byteSize(bound)}`,
      hint: `lower suite.image.size, to ${fitting} or less, or suite.limits.${limit}`,
    });
  }
}
