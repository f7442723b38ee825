import { addressesAreLimited } from "../../core/memory.js";
import type { Normalisation } from "./normalise.js";

/** Writes the values of an image's bytes from a place on: channels in turns, as images have them. */
export type Lookup = (bytes: Uint8Array, pixels: Float32Array, begin: number) => void;

/** `lookup.wat`, assembled. @internal Exported for tests. */
export const MODULE =
  "AGFzbQEAAAABBwFgA39/fwADAgEABQMBAAEHEwIGbWVtb3J5AgAGbG9va3VwAAAKgAEBfgADQCACIAAtAABBAnQqAgA4AgAgAiAALQABQQJ0KgKACDgC" +
  "BCACIAAtAAJBAnQqAoAQOAIIIAIgAC0AA0ECdCoCADgCDCACIAAtAARBAnQqAoAIOAIQIAIgAC0ABUECdCoCgBA4AhQgAEEGaiEAIAJBGGohAiAAIAFJ" +
  "DQALCw==";
/** Bytes that a turn of it takes. */
const TURN = 6;
/** Channels that it has tables of. */
const TABLES = 3;
/** Where the image's bytes begin: behind the tables. */
const BYTES_AT = TABLES * 256 * Float32Array.BYTES_PER_ELEMENT;
/** Copies between addresses that are alike modulo this take twice as long: values begin half of it behind, since large arrays
 *  begin at a multiple. */
const ALIKE = 4096;
/** Bytes by which memory grows. */
const PAGE = 65_536;

interface Exports {
  readonly memory: WebAssembly.Memory;
  lookup(from: number, end: number, to: number): void;
}

/** This thread's; null: there is none. */
let opened: Exports | null | undefined;
/** Whose tables lie in it. */
let holder: Lookup | undefined;

/** Gives what looks the values of bytes up in a table, since JavaScript takes three times as long for it.
 *  @param normalisation of one channel or three. @param size bytes of an image. */
export function lookup(normalisation: Normalisation, size: number): Lookup {
  const table = valueOfByte(normalisation);
  const channels = normalisation.mean.length;
  const bySteps: Lookup = (bytes, pixels, begin) => {
    for (let channel = 0; channel < channels; channel++)
      for (let i = channel; i < bytes.length; i += channels) pixels[begin + i] = table[256 * channel + bytes[i]!]!;
  };
  const whole = Math.ceil(size / TURN) * TURN;
  const valuesAt = (Math.ceil((BYTES_AT + whole) / ALIKE) + 0.5) * ALIKE;
  const wasm = TABLES % channels === 0 ? withMemory(valuesAt + whole * Float32Array.BYTES_PER_ELEMENT) : undefined;
  if (wasm === undefined) return bySteps;
  let memory: ArrayBuffer | undefined;
  let [given, values, tables] = [new Uint8Array(), new Float32Array(), new Float32Array()];
  const byWasm: Lookup = (bytes, pixels, begin) => {
    // It is another when it has grown.
    if (memory !== wasm.memory.buffer) {
      memory = wasm.memory.buffer;
      given = new Uint8Array(memory, BYTES_AT, size);
      values = new Float32Array(memory, valuesAt, size);
      tables = new Float32Array(memory, 0, TABLES * 256);
    }
    if (holder !== byWasm) {
      for (let at = 0; at < tables.length; at += table.length) tables.set(table, at);
      holder = byWasm;
    }
    given.set(bytes);
    wasm.lookup(BYTES_AT, BYTES_AT + size, valuesAt);
    pixels.set(values, begin);
  };
  return byWasm;
}

/** @returns this thread's instance with so many bytes of memory; undefined where there is none. It reserves gigabytes of
 *  addresses, which the engine is to have where they are limited. */
function withMemory(bytes: number): Exports | undefined {
  try {
    if (opened === undefined) opened = addressesAreLimited() ? null : open();
    if (opened === null) return undefined;
    const missing = bytes - opened.memory.buffer.byteLength;
    if (missing > 0) opened.memory.grow(Math.ceil(missing / PAGE));
    return opened;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return undefined;
  }
}

const open = (): Exports =>
  new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(MODULE, "base64"))).exports as unknown as Exports;

/** (x/255 − mean)/std of every byte x, channel by channel, rounded to float32. */
function valueOfByte({ mean, std }: Normalisation): Float32Array {
  return Float32Array.from({ length: 256 * mean.length }, (_unused, i) => {
    const channel = i >> 8;
    return ((i & 255) / 255 - mean[channel]!) / std[channel]!;
  });
}
