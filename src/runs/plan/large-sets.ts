import { constants } from "node:buffer";
import { EXIT, UserError } from "../../core/errors.js";
import { byteSize } from "../../core/wording.js";
import { bytesOf, type Domain, type SplitName } from "../../data/index.js";

const SETS = ["train", "validation", "trainAll", "test"] as const;

/** Bytes of the images that a process holds which tunes on a domain and tests on it: photos are read from the disk as they
 *  are needed. @param few bytes up to which it does not matter that partitions may leave fewer. */
export function imageBytes(domain: Domain, few: number): number {
  if (domain.arePhotos) return 0;
  const bytes = (imagesOf: (set: SplitName) => number): number =>
    bytesOf(domain) * SETS.reduce((sum, set) => sum + imagesOf(set), 0);
  const most = bytes(domain.expected);
  return most <= few ? most : bytes(domain.count);
}

/** Refuses a set of images that no process can hold in one piece.
 *  @param memory bytes of the machine. @param most bytes of an array.
 *  @throws UserError: (usage) with what it takes, and what would fit; (data) as `Domain.count`. */
export function refuseLargeSet(domain: Domain, memory: number, most: number = constants.MAX_LENGTH): void {
  if (domain.arePhotos) return;
  const { id, height, width, channels } = domain;
  const bound = Math.min(memory, most);
  for (const [name, limit] of [
    ["trainAll", "trainImages"],
    ["test", "testImages"],
  ] as const) {
    if (domain.expected(name) * bytesOf(domain) <= bound) continue;
    const count = domain.count(name);
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
