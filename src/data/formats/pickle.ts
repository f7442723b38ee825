import { refusal } from "./refusal.js";

/** What a pickle of these may hold. Texts of Python 2 are bytes. */
export type Pickled = null | boolean | number | Uint8Array | PickledArray | Pickled[] | Map<string, Pickled>;

/** An array of NumPy: unsigned bytes, last index fastest. */
export class PickledArray {
  shape: readonly number[] = [];
  data: Uint8Array = new Uint8Array(0);
}

/** What stands on the stack besides values: the type of bytes, and where a list of operands begins. */
class Dtype {
  readonly of = "u1";
}
class Mark {
  readonly of = "operands";
}
/** What the machine holds besides values. */
type Item = Pickled | Dtype | Mark | Global;

const GLOBALS = ["numpy.core.multiarray _reconstruct", "numpy ndarray", "numpy dtype"] as const;
/** A name that a pickle may mention; nothing is ever called by it. */
class Global {
  constructor(readonly name: (typeof GLOBALS)[number]) {}
}

const PROTOCOL = 2;
const ACCEPTED = "dictionaries, lists, numbers, texts and arrays of bytes, as Python 2 and NumPy write them";

/** Reads a pickle of protocol 2 that holds dictionaries, lists, tuples, numbers, texts and NumPy arrays of bytes. It runs
 *  no code: an instruction or a name beyond these is refused.
 *  @param where its path, for messages.
 *  @returns the value; arrays and texts are views of the given bytes.
 *  @throws UserError (data) on anything else, and when the bytes are cut off.
 *  Source: Python's `pickletools`; the arrays as NumPy 1 builds them. */
export function readPickle(bytes: Uint8Array, where: string): Pickled {
  return new Machine(bytes, where).run();
}

class Machine {
  private at = 0;
  private readonly stack: Item[] = [];
  private readonly memo = new Map<number, Item>();
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly where: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): Pickled {
    if (this.bytes[0] !== 0x80) throw this.refuse(`starts with ${this.bytes[0]?.toString(16) ?? "nothing"}`);
    for (;;) {
      const begin = this.at;
      const code = this.take(1)[0]!;
      if (code === STOP) return this.value();
      const instruction = INSTRUCTIONS[code];
      if (instruction === undefined)
        throw this.refuse(`instruction 0x${code.toString(16)} at ${begin}, which is not read`);
      instruction(this);
    }
  }

  refuse(given: string): Error {
    return refusal(this.where, given, ACCEPTED);
  }

  take(count: number): Uint8Array {
    if (this.at + count > this.bytes.length) throw this.refuse(`a pickle cut off after ${this.bytes.length} bytes`);
    return this.bytes.subarray(this.at, (this.at += count));
  }

  number(size: 1 | 2 | 4, signed = false): number {
    const start = this.at;
    this.take(size);
    if (size === 1) return this.view.getUint8(start);
    if (size === 2) return this.view.getUint16(start, true);
    return signed ? this.view.getInt32(start, true) : this.view.getUint32(start, true);
  }

  line(): string {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0) throw this.refuse("a name without an end");
    return latin1(this.take(end + 1 - this.at)).slice(0, -1);
  }

  push(item: Item): void {
    this.stack.push(item);
  }

  pop(): Item {
    const item = this.stack.pop();
    if (item === undefined || item instanceof Mark) throw this.refuse("an instruction without its operand");
    return item;
  }

  value(): Pickled {
    const item = this.pop();
    if (item instanceof Global || item instanceof Dtype || item instanceof Mark)
      throw this.refuse("a name or a type in place of a value");
    return item;
  }

  /** The values since the last mark, which goes. */
  sinceMark(): Item[] {
    const mark = this.stack.findLastIndex((item) => item instanceof Mark);
    if (mark < 0) throw this.refuse("an instruction without its mark");
    return this.stack.splice(mark).slice(1);
  }

  top(): Item {
    const item = this.pop();
    this.push(item);
    return item;
  }

  put(key: number): void {
    this.memo.set(key, this.top());
  }

  get(key: number): void {
    const item = this.memo.get(key);
    if (item === undefined) throw this.refuse(`nothing is remembered as ${key}`);
    this.push(item);
  }

  extend(values: readonly Item[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.refuse("values appended to no list");
    for (const value of values) list.push(value as Pickled);
  }

  assign(items: readonly Item[]): void {
    const held = this.top();
    if (!(held instanceof Map) || items.length % 2 !== 0) throw this.refuse("keys put into no dictionary");
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i]!;
      if (!(key instanceof Uint8Array)) throw this.refuse("a key that is no text");
      held.set(latin1(key), items[i + 1] as Pickled);
    }
  }

  /** Makes what is allowed to be made: an array that is still empty, or the type of bytes. */
  reduce(): void {
    const [given, callee] = [this.pop(), this.pop()];
    const name = callee instanceof Global ? callee.name : "no name";
    const first = Array.isArray(given) ? (given[0] as Item) : undefined;
    if (name === "numpy dtype" && first instanceof Uint8Array && latin1(first) === "u1") this.push(new Dtype());
    else if (name === "numpy.core.multiarray _reconstruct" && first instanceof Global && first.name === "numpy ndarray")
      this.push(new PickledArray());
    else throw this.refuse(`${name} is called${first instanceof Uint8Array ? ` for ${latin1(first)}` : ""}`);
  }

  /** Fills what was made. The state of a type says nothing that matters for bytes. */
  build(): void {
    const state = this.pop();
    const made = this.top();
    if (made instanceof Dtype) return;
    if (!(made instanceof PickledArray) || !Array.isArray(state)) throw this.refuse("a state for no array");
    const [, shape, type, fortran, data] = state as Item[];
    const sizes = Array.isArray(shape) ? shape.filter((size) => typeof size === "number") : [];
    const count = sizes.reduce((product, size) => product * size, 1);
    if (!(type instanceof Dtype) || !(data instanceof Uint8Array) || data.length !== count)
      throw this.refuse(`an array of shape ${sizes.join("x")} that is not of so many bytes`);
    if (fortran === true && sizes.length !== 2) throw this.refuse(`${sizes.length} dimensions, column by column`);
    Object.assign(made, { shape: sizes, data: fortran === true ? byRows(data, sizes[0]!) : data });
  }

  global(): void {
    const name = `${this.line()} ${this.line()}`;
    const known = GLOBALS.find((one) => one === name);
    if (known === undefined) throw this.refuse(`the name ${name}, which would run code`);
    this.push(new Global(known));
  }
}

/** The bytes of a matrix row by row, given them column by column. */
function byRows(data: Uint8Array, rows: number): Uint8Array {
  const columns = data.length / rows;
  return Uint8Array.from(data, (_unused, i) => data[Math.floor(i / columns) + (i % columns) * rows]!);
}

const STOP = 0x2e;
const tuple = (machine: Machine, count: number): void =>
  machine.push(Array.from({ length: count }, () => machine.pop()).reverse() as Pickled[]);

/** What is read, by its code. */
const INSTRUCTIONS: Readonly<Record<number, (machine: Machine) => void>> = {
  0x80: (machine) => {
    const protocol = machine.number(1);
    if (protocol !== PROTOCOL) throw machine.refuse(`a pickle of protocol ${protocol}`);
  },
  0x28: (machine) => machine.push(new Mark()), // (
  0x29: (machine) => machine.push([]), // )
  0x4a: (machine) => machine.push(machine.number(4, true)), // J
  0x4b: (machine) => machine.push(machine.number(1)), // K
  0x4d: (machine) => machine.push(machine.number(2)), // M
  0x4e: (machine) => machine.push(null), // N
  0x52: (machine) => machine.reduce(), // R
  0x54: (machine) => machine.push(machine.take(machine.number(4))), // T
  0x55: (machine) => machine.push(machine.take(machine.number(1))), // U
  0x5d: (machine) => machine.push([]), // ]
  0x61: (machine) => machine.extend([machine.pop()]), // a
  0x62: (machine) => machine.build(), // b
  0x63: (machine) => machine.global(), // c
  0x65: (machine) => machine.extend(machine.sinceMark()), // e
  0x68: (machine) => machine.get(machine.number(1)), // h
  0x6a: (machine) => machine.get(machine.number(4)), // j
  0x71: (machine) => machine.put(machine.number(1)), // q
  0x72: (machine) => machine.put(machine.number(4)), // r
  0x73: (machine) => machine.assign([machine.pop(), machine.pop()].reverse()), // s
  0x74: (machine) => machine.push(machine.sinceMark() as Pickled[]), // t
  0x75: (machine) => machine.assign(machine.sinceMark()), // u
  0x7d: (machine) => machine.push(new Map()), // }
  0x85: (machine) => tuple(machine, 1),
  0x86: (machine) => tuple(machine, 2),
  0x87: (machine) => tuple(machine, 3),
  0x88: (machine) => machine.push(true),
  0x89: (machine) => machine.push(false),
};

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
