import seekBzip from "seek-bzip";
import { refusal } from "./refusal.js";

const FIRST_BUFFER = 65536;

/** Inflates a bzip2 file, of one stream or several.
 *  @param where its path, for messages.
 *  @param maxBytes bound on what comes out, counted as it comes.
 *  @throws UserError (data) when it is damaged, cut off, followed by other bytes or too long. */
export function bunzip(bytes: Uint8Array, where: string, maxBytes = Infinity): Uint8Array {
  const output = new Output(where, maxBytes);
  try {
    decodeBzip2(bytes, output);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError)
      throw refusal(where, `broken bzip2 stream (${error.message})`, "a whole bzip2 file");
    throw error;
  }
  return output.bytes();
}

/** Decodes the streams of a bzip2 file, one after the other, a byte at a time.
 *  @throws what the output throws; RangeError or TypeError when the file is damaged, cut off or followed by other bytes. */
export function decodeBzip2(bytes: Uint8Array, output: InstanceType<typeof seekBzip.Stream>): void {
  const input = new Input(bytes);
  do seekBzip.decode(input, output, false);
  while (input.position < bytes.length);
}

/** The decoder takes the end of its input for the end of a stream where a block ends; here it is an error. */
class Input extends seekBzip.Stream {
  position = 0;
  constructor(private readonly source: Uint8Array) {
    super();
  }
  override readByte(): number {
    if (this.position === this.source.length) throw new RangeError("cut off");
    return this.source[this.position++]!;
  }
}

class Output extends seekBzip.Stream {
  private buffer = new Uint8Array(FIRST_BUFFER);
  private filled = 0;
  constructor(
    private readonly where: string,
    private readonly maxBytes: number,
  ) {
    super();
  }
  override writeByte(byte: number): void {
    if (this.filled === this.maxBytes)
      throw refusal(this.where, `inflates to more than ${this.maxBytes} bytes`, `at most ${this.maxBytes} bytes`);
    if (this.filled === this.buffer.length) {
      const larger = new Uint8Array(2 * this.filled);
      larger.set(this.buffer);
      this.buffer = larger;
    }
    this.buffer[this.filled++] = byte;
  }
  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.filled);
  }
}
