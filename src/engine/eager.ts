import { flatten, isWithin, unflatten, type Tree } from "../core/tree.js";
import type { Program, ProgramDefinition } from "./engine.js";
import type { HostArray } from "./host.js";
import { dispose, hostArray, isTensor, keep, tensorFrom, tidy } from "./memory.js";
import type { Tensor } from "./ops.js";

/** A program that runs its entries operation by operation. */
export function eagerProgram<EntryName extends string>(definition: ProgramDefinition<EntryName>): Program<EntryName> {
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
          feeds[name] = tensorFrom(typeof value === "number" ? Float64Array.of(value) : value, spec);
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
    read: (...branches) =>
      Object.fromEntries(
        Object.entries(state).flatMap(([path, tensor]) =>
          isWithin(path, branches) ? [[path, hostArray(tensor)]] : [],
        ),
      ),
    dispose: () => replace({}),
  };
}
