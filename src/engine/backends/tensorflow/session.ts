import { sizeOf, type HostArray, type TensorSpec } from "../../host.js";
import { SERVE_TAG } from "./graph-def.js";
import type { NativeBinding } from "./native.js";
import { withTemporaryFile } from "./temporary.js";

/** What a session is asked for. */
export interface Call {
  readonly feeds: readonly (TensorSpec & { readonly name: string })[];
  readonly inputNames: string;
  /** Output names, then one gate that waits for the assignments. */
  readonly outputs: readonly string[];
  readonly fetches: string;
}

/** A graph that is open, with its variables. */
export interface Session {
  /** @returns what is fetched, in its order. */
  run(call: Call, values: Readonly<Record<string, HostArray | number>>): HostArray[];
  close(): void;
}

/** Loads an encoded SavedModel; its file is needed only for that moment. */
export function openSession(binding: NativeBinding, model: Uint8Array): Session {
  const session = withTemporaryFile("saved_model.pb", model, (folder) => binding.loadSavedModel(folder, SERVE_TAG));
  return {
    run({ feeds, inputNames, fetches }, values) {
      const inputs = feeds.map(({ name, shape, dtype }) => {
        const value = values[name];
        if (value === undefined) throw new Error(`feed ${name} is missing`);
        const typed = typedValues(value, dtype);
        if (typed.length !== sizeOf(shape))
          throw new Error(`feed ${name}: ${typed.length} numbers for shape [${shape.join(", ")}]`);
        return binding.createTensor(shape, dtype === "int32" ? binding.TF_INT32 : binding.TF_FLOAT, typed);
      });
      try {
        return binding.runSavedModel(session, inputs, inputNames, fetches).map(({ id }) => {
          const result = binding.tensorDataSync(id) as HostArray;
          binding.deleteTensor(id);
          return result;
        });
      } finally {
        for (const id of inputs) binding.deleteTensor(id);
      }
    },
    close: () => binding.deleteSavedModel(session),
  };
}

function typedValues(value: HostArray | number, dtype: TensorSpec["dtype"]): HostArray {
  if (typeof value === "number") return dtype === "int32" ? Int32Array.of(value) : Float32Array.of(value);
  if (dtype === "int32") return value instanceof Int32Array ? value : Int32Array.from(value);
  return value instanceof Float32Array ? value : new Float32Array(value);
}
