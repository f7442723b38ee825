/** What a memory that is full is said with. */
const FULL = "WebAssembly is out of memory, of which it can address 4 GB";

/** Bytes that it can address. */
const ADDRESSES = 2 ** 32;

/** tfjs's compiled part, as far as memory goes. */
export interface Compiled {
  /** @returns an address; 0: there is no more. */
  _malloc(bytes: number): number;
  _free(address: number): void;
}

/** Lets no memory be taken that is not there: the backend would write what it computes to address 0.
 *  @throws Error from whatever asks for more than there is. */
export function refuseWhatIsFull(compiled: Compiled): void {
  // Its first call replaces the function by another.
  compiled._free(compiled._malloc(1));
  const allocate = compiled._malloc.bind(compiled);
  compiled._malloc = (bytes) => {
    // It sees 32 bits of what it is asked for.
    const address = bytes < ADDRESSES ? allocate(bytes) : 0;
    if (address === 0 && bytes > 0) throw new Error(FULL);
    return address;
  };
}

/** Opens tfjs's compiled part so that a convolution which its library refuses, as it does for want of memory, ends the
 *  computation: that says so in a warning alone, and leaves the result as the memory was. */
export async function refusingWarnings<Result>(open: () => Promise<Result>): Promise<Result> {
  const { warn } = console;
  // The compiled part keeps the function that it finds while it is opened.
  console.warn = (...words: unknown[]) => {
    if (/^XNN status .* is not successful/.test(String(words[0]))) throw new Error(`${FULL}, or: ${String(words[0])}`);
    warn.apply(console, words);
  };
  try {
    return await open();
  } finally {
    console.warn = warn;
  }
}
