import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { namedStream } from "../../../src/core/rng.js";
import { augmenter } from "../../../src/data/batches/augment.js";

/** Gives these numbers, then fails. */
const numbers = (...values: number[]) => {
  const left = [...values];
  return (): number => {
    if (left.length === 0) throw new Error("too many random numbers");
    return left.shift()!;
  };
};
/** Two rows of three pixels. */
const grey = Uint8Array.of(1, 2, 3, 4, 5, 6);
const shape = { height: 2, width: 3, channels: 1 };

describe("augmenter", () => {
  it("crops at a place of the padded image: rows down and columns right of its middle", () => {
    const crop = augmenter({ crop: 1, flip: false }, shape);
    expect([...crop(grey, numbers(0.4, 0.4))]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...crop(grey, numbers(0, 0))]).toEqual([0, 0, 0, 0, 1, 2]);
    expect([...crop(grey, numbers(0.99, 0.99))]).toEqual([5, 6, 0, 0, 0, 0]);
    expect([...crop(grey, numbers(0.99, 0.4))]).toEqual([4, 5, 6, 0, 0, 0]);
    expect([...crop(grey, numbers(0.4, 0))]).toEqual([0, 1, 2, 0, 4, 5]);
  });

  it("mirrors what was cropped, below one half; channels stay in order", () => {
    const flip = augmenter({ crop: 0, flip: true }, shape);
    expect([...flip(grey, numbers(0.49))]).toEqual([3, 2, 1, 6, 5, 4]);
    expect([...flip(grey, numbers(0.5))]).toEqual([1, 2, 3, 4, 5, 6]);
    const both = augmenter({ crop: 1, flip: true }, shape);
    expect([...both(grey, numbers(0.4, 0, 0))]).toEqual([2, 1, 0, 5, 4, 0]);
    const colour = augmenter({ crop: 0, flip: true }, { height: 1, width: 2, channels: 3 });
    expect([...colour(grey, numbers(0))]).toEqual([4, 5, 6, 1, 2, 3]);
  });

  it("is torchvision's: pad with zeros, cut out, mirror", () => {
    const [height, width] = [5, 4];
    const whole = fc.integer({ min: 1, max: 3 }).chain((channels) =>
      fc.record({
        channels: fc.constant(channels),
        crop: fc.integer({ min: 0, max: 6 }),
        flip: fc.boolean(),
        seed: fc.nat(),
        image: fc.uint8Array({ minLength: height * width * channels, maxLength: height * width * channels }),
      }),
    );
    fc.assert(
      fc.property(whole, ({ channels, crop, flip, seed, image }) => {
        const uniform = namedStream(seed, "test");
        const offset = (): number => (crop > 0 ? Math.floor(uniform() * (2 * crop + 1)) : 0);
        const [top, left] = [offset(), offset()];
        const mirrored = flip && uniform() < 0.5;
        const wanted = Array.from({ length: image.length }, (_unused, i) => {
          const [c, x, y] = [i % channels, Math.floor(i / channels) % width, Math.floor(i / channels / width)];
          const [fromX, fromY] = [(mirrored ? width - 1 - x : x) + left - crop, y + top - crop];
          const inside = fromX >= 0 && fromX < width && fromY >= 0 && fromY < height;
          return inside ? image[(fromY * width + fromX) * channels + c] : 0;
        });
        const made = augmenter({ crop, flip }, { height, width, channels })(image, namedStream(seed, "test"));
        expect([...made]).toEqual(wanted);
      }),
    );
  });

  it("leaves the image as it was, and draws the same numbers for every image", () => {
    const change = augmenter({ crop: 1, flip: true }, shape);
    const kept = Uint8Array.from(grey);
    let drawn = 0;
    const uniform = namedStream(1, "count");
    for (let i = 0; i < 20; i++) change(grey, () => (drawn++, uniform()));
    expect(grey).toEqual(kept);
    expect(drawn).toBe(60);
  });

  it("moves evenly over all places, and mirrors half of the time", () => {
    const change = augmenter({ crop: 1, flip: true }, { height: 1, width: 1, channels: 1 });
    const uniform = namedStream(2, "places");
    const shown = Array.from({ length: 9000 }, () => change(Uint8Array.of(1), uniform)[0]!);
    const share = shown.reduce((sum, value) => sum + value, 0) / shown.length;
    expect(share).toBeCloseTo(1 / 9, 1);
    const flip = augmenter({ crop: 0, flip: true }, { height: 1, width: 2, channels: 1 });
    const first = Array.from({ length: 4000 }, () => flip(Uint8Array.of(0, 1), uniform)[0]!);
    expect(first.reduce((sum, value) => sum + value, 0) / first.length).toBeCloseTo(0.5, 1);
  });
});
