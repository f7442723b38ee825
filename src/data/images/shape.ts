/** Sides of one image. */
export interface Shape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Bytes of one image. */
export const bytesOf = ({ height, width, channels }: Shape): number => height * width * channels;

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.height === b.height && a.width === b.width && a.channels === b.channels;
