import { replaceKernel } from "./backend.js";

/** max(x, 0): the backend's own compares bits as integers, so that a NaN whose sign bit is set becomes 0. */
export function registerRelu(): void {
  replaceKernel("Relu", () => (inputs, _attributes, backend) => {
    const x = inputs.x!;
    const y = backend.makeOutput([...x.shape], "float32");
    const [from, to] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(y)];
    for (let i = 0; i < to.length; i++) {
      const value = from[i]!;
      to[i] = value <= 0 ? 0 : value;
    }
    return y;
  });
}
