import { interleave } from "../images/planes.js";
import { PickledArray, readPickle } from "./pickle.js";
import { refusal } from "./refusal.js";

const CIFAR_SIDE = 32;
const IMAGE = 3 * CIFAR_SIDE * CIFAR_SIDE;
const CLASSES = 10;

/** Reads a file of the Python version of CIFAR-10: a dictionary of `data`, an array of N rows of three row-major planes, and
 *  `labels`, a list.
 *  @param where its path, for messages.
 *  @returns labels 0 to 9, and pixels as rows of red, green, blue.
 *  @throws UserError (data) on anything else. */
export function readCifarPickle(bytes: Uint8Array, where: string): { labels: Uint8Array; pixels: Uint8Array } {
  const held = readPickle(bytes, where);
  const [data, list] = held instanceof Map ? [held.get("data"), held.get("labels")] : [];
  if (!(data instanceof PickledArray) || data.shape.length !== 2 || data.shape[1] !== IMAGE)
    throw refusal(where, "no array of images as data", `N x ${IMAGE} bytes`);
  const [count] = data.shape;
  if (!Array.isArray(list) || list.length !== count)
    throw refusal(where, `${Array.isArray(list) ? list.length : "no"} labels`, `${count} labels`);
  const wrong = list.findIndex((label) => typeof label !== "number" || label < 0 || label >= CLASSES);
  if (wrong >= 0) throw refusal(where, `label ${String(list[wrong])} at ${wrong}`, `labels below ${CLASSES}`);
  return { labels: Uint8Array.from(list as number[]), pixels: interleave(data.data.slice(), CIFAR_SIDE, "rows") };
}
