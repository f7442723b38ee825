import { isMapping, valueAt, type Layer, type Mapping, type Path } from "./layers.js";

/** Keys that are taken in another spelling too, by that spelling. */
const SPELLINGS: Readonly<Record<string, string>> = { centered: "centred" };

/** A layer whose keys have the spelling of the schema. A mapping that has a key in both spellings keeps both: one of them is
 *  then an unknown key. Messages name the place as it was written. */
export function spelled(layer: Layer): Layer {
  const asWritten = (path: Path): Path =>
    path.map((part, i) => {
      const other = Object.keys(SPELLINGS).find((key) => SPELLINGS[key] === part);
      const [here, there] = [path.slice(0, i + 1), [...path.slice(0, i), other ?? part]];
      return other !== undefined && !valueAt(layer.value, here).found && valueAt(layer.value, there).found
        ? other
        : part;
    });
  return {
    ...layer,
    value: respelled(layer.value),
    where: (path) => layer.where(asWritten(path)),
    textOf: (path) => layer.textOf?.(asWritten(path)),
  };
}

function respelled(mapping: Mapping): Mapping {
  return Object.fromEntries(
    Object.entries(mapping).map(([key, value]) => {
      const own = Object.hasOwn(SPELLINGS, key) ? SPELLINGS[key]! : key;
      return [Object.hasOwn(mapping, own) ? key : own, isMapping(value) ? respelled(value) : value];
    }),
  );
}
