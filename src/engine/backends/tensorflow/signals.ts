import type { NativeBinding } from "./native.js";

/** Keeps signals from this thread, and from those that begin meanwhile for good: startup.cc says why. */
export interface Signals {
  holdSignals(): void;
  releaseSignals(): void;
}

/** Does something while signals are held: their handlers run in other threads meanwhile. */
export function withSignalsHeld<Value>({ holdSignals, releaseSignals }: Signals, act: () => Value): Value {
  holdSignals();
  try {
    return act();
  } finally {
    releaseSignals();
  }
}

/** The addon's functions in which TensorFlow computes. */
const COMPUTING = ["executeOp", "loadSavedModel", "runSavedModel"] as const;

/** The addon, which holds signals while it computes. */
export function bindingWithSignalsHeld(signals: Signals, binding: NativeBinding): NativeBinding {
  const wrapped = COMPUTING.map((name) => {
    const compute = binding[name] as (...given: readonly unknown[]) => unknown;
    const value = (...given: readonly unknown[]): unknown => withSignalsHeld(signals, () => compute(...given));
    return [name, { value }] as const;
  });
  return Object.create(binding, Object.fromEntries(wrapped)) as NativeBinding;
}
