import type * as tf from "@tensorflow/tfjs-core";
import { tfjs } from "../../tfjs.js";
import type { Plain, PlainKernels, Values } from "./plain.js";

interface Stored {
  readonly values: Values;
  references: number;
}

/** A tfjs backend that keeps its values on the host. */
export interface HostBackend extends tf.KernelBackend {
  valuesOf(dataId: tf.DataId): Values;
}

/** Makes the backend whose "float32" is double precision, and whose kernels are plain functions of arrays. */
export function createBackend({ KernelBackend, DataStorage, engine }: typeof tf): HostBackend {
  class ReferenceBackend extends KernelBackend implements HostBackend {
    readonly doublePrecision = true;
    readonly #stored = new DataStorage<Stored>(this, engine());

    override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
      const dataId = {};
      this.move(dataId, values, shape, dtype, 1);
      return dataId;
    }
    override move(
      dataId: tf.DataId,
      values: tf.BackendValues,
      _shape: number[],
      dtype: tf.DataType,
      references: number,
    ) {
      this.#stored.set(dataId, { values: inDouble(values as Values, dtype), references });
    }
    valuesOf(dataId: tf.DataId): Values {
      return this.#stored.get(dataId).values;
    }
    override readSync(dataId: tf.DataId): tf.BackendValues {
      return this.valuesOf(dataId) as tf.BackendValues;
    }
    override read(dataId: tf.DataId): Promise<tf.BackendValues> {
      return Promise.resolve(this.readSync(dataId));
    }
    override disposeData(dataId: tf.DataId, force = false): boolean {
      if (!this.#stored.has(dataId)) return true;
      const held = this.#stored.get(dataId);
      held.references--;
      if (!force && held.references > 0) return false;
      this.#stored.delete(dataId);
      return true;
    }
    override refCount(dataId: tf.DataId): number {
      return this.#stored.has(dataId) ? this.#stored.get(dataId).references : 0;
    }
    override incRef(dataId: tf.DataId): void {
      this.#stored.get(dataId).references++;
    }
    override numDataIds(): number {
      return this.#stored.numDataIds();
    }
    override memory() {
      return { unreliable: false };
    }
    override floatPrecision(): 32 {
      return 32; // tfjs knows 16 and 32
    }
    override epsilon(): number {
      return Number.EPSILON;
    }
  }
  return new ReferenceBackend();
}

const inDouble = (values: Values, dtype: tf.DataType): Values =>
  dtype === "float32" && !(values instanceof Float64Array) ? Float64Array.from(values) : values;

/** Registers kernels for a backend that keeps its values on the host. */
export function registerPlain(backendName: string, kernels: PlainKernels): void {
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    const kernelFunc: tf.KernelFunc = ({ inputs, backend, attrs }) => {
      const store = backend as HostBackend;
      const plain: Record<string, Plain> = {};
      for (const [name, { dataId, shape, dtype }] of Object.entries(inputs as Record<string, tf.TensorInfo>)) {
        plain[name] = { shape, dtype, values: store.valuesOf(dataId) };
      }
      const allocate = (size: number): Float64Array => new Float64Array(size);
      const infoOf = (result: Plain): tf.TensorInfo => {
        const shape = [...result.shape];
        const shared = Object.entries(plain).find(([, { values }]) => values === result.values);
        if (shared === undefined) {
          return {
            dataId: store.write(result.values as tf.BackendValues, shape, result.dtype),
            shape,
            dtype: result.dtype,
          };
        }
        const { dataId } = (inputs as Record<string, tf.TensorInfo>)[shared[0]]!;
        store.incRef(dataId);
        return { dataId, shape, dtype: result.dtype };
      };
      const results = kernel({ inputs: plain, attributes: attrs as never, allocate });
      return Array.isArray(results) ? results.map(infoOf) : infoOf(results);
    };
    tfjs().registerKernel({ kernelName, backendName, kernelFunc });
  }
}
