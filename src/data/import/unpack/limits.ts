/** An archive that was refused: which entry, and why. */
export class Refusal extends Error {
  constructor(
    readonly reason: string,
    readonly entry?: string,
  ) {
    super(entry === undefined ? reason : `entry ${JSON.stringify(entry)}: ${reason}`);
    this.name = "Refusal";
  }
}

const FREE_BYTES = 64 * 2 ** 20;
const MAX_RATIO = 200;

/** Counts what comes out of an archive, never what its headers say, and stops a bomb. */
export class Limits {
  /** Compressed bytes that have been read so far. */
  consumed = 0;
  private bytes = 0;
  private entries = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly maxEntries: number,
  ) {}

  /** @throws Refusal: more bytes than allowed, or more than 200 from one after the first 64 MiB. */
  addBytes(count: number, entry?: string): void {
    this.bytes += count;
    if (this.bytes > this.maxBytes) throw new Refusal(`more than ${this.maxBytes} bytes come out`, entry);
    if (this.bytes > FREE_BYTES && this.bytes > MAX_RATIO * this.consumed)
      throw new Refusal(`more than ${MAX_RATIO} bytes come out of every one`, entry);
  }

  addEntry(name: string): void {
    if (++this.entries > this.maxEntries) throw new Refusal(`more than ${this.maxEntries} entries`, name);
  }
}
