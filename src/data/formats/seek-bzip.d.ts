declare module "seek-bzip" {
  /** Gives the encoded bytes one by one, or takes the decoded ones. */
  class Stream {
    readByte(): number;
    writeByte(byte: number): void;
  }
  const bunzip: {
    readonly Stream: typeof Stream;
    /** @param multistream go on with a further stream behind the first. */
    decode(input: Uint8Array | Stream, output: Stream, multistream: boolean): void;
  };
  export default bunzip;
}
