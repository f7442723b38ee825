import { flatten, isWithin, unflatten, type Tree } from "../core/tree.js";
import type { Program, ProgramDefinition } from "./engine.js";
import { sizeOf, type HostArray, type TensorSpec } from "./host.js";
import { dispose, hostArray, isTensor, keep, tensorFrom, tidy } from "./memory.js";
import type { Tensor } from "./ops.js";

/** A program that runs its entries operation by operation. */
export function eagerProgram<EntryName extends string>(definition: ProgramDefinition<EntryName>): Program<EntryName> {
  const held: Record<string, HostArray> = {};
  let state: Record<string, Tensor> = {};
  const replace = (next: Record<string, Tensor>): void => {
    const kept = new Set(Object.values(next));
    for (const old of Object.values(state)) if (!kept.has(old)) dispose(old);
    state = next;
  };
  return {
    load(values) {
      const next: Record<string, Tensor> = {};
      for (const [path, spec] of Object.entries(definition.state)) {
        const value = values[path];
        if (value === undefined) throw new Error(`program state: leaf ${path} is missing`);
        next[path] = keep(tensorFrom(value, spec));
      }
      replace(next);
    },
    run(entryName, values) {
      const entry = definition.entries[entryName];
      const result: Record<string, HostArray> = {};
      const next = tidy(() => {
        const feeds: Record<string, Tensor> = {};
        for (const [name, spec] of Object.entries(entry.feeds)) {
          const value = values[name];
          if (value === undefined) throw new Error(`entry ${entryName}: feed ${name} is missing`);
          const fed = typeof value === "number" ? Float64Array.of(value) : value;
          feeds[name] = tensorFrom(name in held ? rowsAt(held[name]!, fed, spec) : fed, spec);
        }
        const stepped = entry.step(unflatten(state) as Tree<Tensor>, feeds);
        for (const [name, tensor] of Object.entries(stepped.outputs)) result[name] = hostArray(tensor);
        const leaves = flatten(stepped.state, isTensor);
        for (const tensor of Object.values(leaves)) keep(tensor);
        return leaves;
      });
      replace(next);
      return result;
    },
    hold: (feed, rows) => void (held[feed] = rows),
    read: (...branches) =>
      Object.fromEntries(
        Object.entries(state).flatMap(([path, tensor]) =>
          isWithin(path, branches) ? [[path, hostArray(tensor)]] : [],
        ),
      ),
    dispose: () => replace({}),
  };
}

/** The rows [n, ...] at places [n] of rows that lie one after the other. */
function rowsAt(rows: HostArray, places: HostArray, { shape }: TensorSpec): HostArray {
  const size = sizeOf(shape.slice(1));
  const found = new Float64Array(places.length * size);
  places.forEach((place, i) => found.set(rows.subarray(place * size, (place + 1) * size), i * size));
  return found;
}
