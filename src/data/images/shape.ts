/** Sides of one image. */
export interface Shape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Bytes of one image. */
export const bytesOf = ({ height, width, channels }: Shape): number => height * width * channels;
