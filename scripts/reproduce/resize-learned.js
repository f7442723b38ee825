// Makes of what MetaMD learned on an MLP a file for another width. Hidden units are exchangeable, so that what a vector says of
// single ones means nothing for others: over hidden units only its mean is kept, and what belongs to a layer's outputs is
// left out. What runs over the image and over the classes stays.
import { readLearned, writeLearned } from "../../dist/src/records/learned.js";

/** |v|². */
export const square = (vector) => vector.reduce((sum, one) => sum + one * one, 0);

/** The part of a vector along (1, …, 1), as long as it was, over another number of units. */
function meanPart(vector, units) {
  const sum = vector.reduce((total, one) => total + one, 0);
  return new Float32Array(units).fill(sum / Math.sqrt(vector.length * units));
}

/** Writes what was learned for hidden layers of another width. @returns the file's path. */
export function forWidth(source, hidden, target) {
  const { values, ...known } = readLearned(source);
  const names = Object.keys(values);
  const resized = Object.fromEntries(
    names.map((name, layer) => {
      const { a, b } = values[name];
      const isLast = layer === names.length - 1;
      const own = { a: layer === 0 ? a : meanPart(a, hidden), b: isLast ? b : new Float32Array(hidden) };
      return [name, own];
    }),
  );
  const sizeOf = (size, at, layer) => (layer === (at === 0 ? names.length - 1 : 0) ? size : hidden);
  const parameters = Object.fromEntries(
    Object.entries(known.parameters).map(([name, shape]) => {
      const layer = names.indexOf(name.replace(/bias$/, "weight"));
      return [name, shape.map((size, at) => sizeOf(size, at, layer))];
    }),
  );
  const blocks = Object.fromEntries(
    Object.entries(resized).map(([name, { a, b }]) => [name, { rows: b.length, columns: a.length }]),
  );
  const model = { ...known.model, hidden: known.model.hidden.map(() => hidden) };
  writeLearned(target, { ...known, values: resized, parameters, blocks, model });
  return target;
}

/** How much of a vector's squared length lies along (1, …, 1). */
export const meanShare = (vector) => vector.reduce((sum, one) => sum + one, 0) ** 2 / (vector.length * square(vector));
