import { InvalidArgumentError } from "commander";

/** Reads an option that is an integer. */
export function integer(text: string): number {
  const bound = Number.MAX_SAFE_INTEGER;
  if (!/^-?(0|[1-9]\d*)$/.test(text)) throw new InvalidArgumentError("give an integer, without a 0 before it");
  if (!Number.isSafeInteger(Number(text))) throw new InvalidArgumentError(`give an integer from -${bound} to ${bound}`);
  return Number(text);
}

/** Reads an option that counts something. */
export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("give an integer, 1 or more");
  return Number(text);
}

/** Processes and threads at most: more than any machine has processors for. */
const MOST_AT_ONCE = 1024;

/** Reads an option that counts what a machine does at the same time. */
export function atOnce(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text) || Number(text) > MOST_AT_ONCE)
    throw new InvalidArgumentError(`give an integer, 1 to ${MOST_AT_ONCE}`);
  return Number(text);
}

/** Reads an option that is a port. */
export function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError("give a port, 0 to 65535");
  return Number(text);
}

/** Reads an option in minutes. */
export function minutes(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError("give minutes, 0 or more");
  return Number(text);
}

/** Reads an option in gigabytes. */
export function gigabytes(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text) || Number(text) === 0) throw new InvalidArgumentError("give gigabytes, above 0");
  return Number(text);
}

/** Reads an option that lists GPUs. */
export function gpuList(text: string): string[] {
  const names = text.split(",");
  if (!names.every((name) => /^(\d+|(GPU|MIG)-[\w/-]+)$/.test(name)) || new Set(names).size < names.length)
    throw new InvalidArgumentError(
      "give numbers like 0,1, or UUIDs or what they begin with (metamd engine info), each once",
    );
  return names;
}

/** Reads an option in bytes, with a unit or without. */
export function bytes(text: string): number {
  const [, amount, unit = "B"] = /^([1-9]\d{0,8})(kB|MB|GB|B)?$/.exec(text) ?? [];
  if (amount === undefined) throw new InvalidArgumentError("give a size like 60MB");
  return Number(amount) * { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 }[unit]!;
}

/** Values of an option that may be given several times. */
export const collect = (value: string, all: readonly string[] = []): string[] => [...all, value];
