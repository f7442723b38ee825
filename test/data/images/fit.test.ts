import { describe, expect, it } from "vitest";
import { EXIT } from "../../../src/core/errors.js";
import { sha256 } from "../../../src/core/hash.js";
import type { Frame } from "../../../src/data/dataset.js";
import { fit, pad } from "../../../src/data/images/fit.js";
import { grey, inColour } from "../../../src/data/images/grey.js";
import { area, bilinear } from "../../../src/data/images/resize.js";
import { userError } from "../../support/folder.js";
import { noise, resizingGolden } from "../fixtures.js";

const golden = resizingGolden();

const square = (side: number, channels: number): { height: number; width: number; channels: number } => ({
  height: side,
  width: side,
  channels,
});
const to = (side: number): { height: number; width: number } => ({ height: side, width: side });
const frame = (size: number, channels: 1 | 3, resample: Frame["resample"] = "bilinear"): Frame => ({
  size,
  channels,
  resample,
});

describe("fit", () => {
  const digits = noise(2 * 28 * 28);
  const small = noise(2 * 16 * 16);
  const colour = noise(2 * 32 * 32 * 3);
  const photos = noise(2 * 96 * 96 * 3);

  it.each<[string, Uint8Array, number, number, Frame, Uint8Array]>([
    ["MNIST for E3", digits, 28, 1, frame(28, 1), digits],
    ["USPS for E3", small, 16, 1, frame(28, 1), bilinear(small, square(16, 1), to(28))],
    ["SVHN for E3", colour, 32, 3, frame(28, 1), bilinear(grey(colour), square(32, 1), to(28))],
    ["SVHN for E3, by area", colour, 32, 3, frame(28, 1, "area"), area(grey(colour), square(32, 1), to(28))],
    ["MNIST for E4", digits, 28, 1, frame(32, 3), inColour(pad(digits, square(28, 1), 2))],
    [
      "USPS for E4",
      small,
      16,
      1,
      frame(32, 3),
      inColour(pad(bilinear(small, square(16, 1), to(28)), square(28, 1), 2)),
    ],
    ["SVHN for E4", colour, 32, 3, frame(32, 3), colour],
    ["STL-10 for E4", photos, 96, 3, frame(32, 3), bilinear(photos, square(96, 3), to(32))],
    ["STL-10 for E4, by area", photos, 96, 3, frame(32, 3, "area"), area(photos, square(96, 3), to(32))],
    ["CIFAR-10 for the large suite", colour, 32, 3, frame(64, 3), bilinear(colour, square(32, 3), to(64))],
    ["CIFAR-10 in grey", colour, 32, 3, frame(32, 1), grey(colour)],
  ])("%s", (_name, images, side, channels, wanted, expected) => {
    const before = images.slice();
    const out = fit(square(side, channels), wanted, "d")(images);
    expect(out).toEqual(expected);
    expect(out.length).toBe(2 * wanted.size * wanted.size * wanted.channels);
    expect(images).toEqual(before);
  });

  it("resizes bilinearly where one side grows", () => {
    const wide = { height: 20, width: 50, channels: 1 };
    expect(fit(wide, frame(32, 1, "area"), "d")(noise(1000))).toEqual(bilinear(noise(1000), wide, to(32)));
  });

  it("makes colour grey before it resizes, as Pillow does", () => {
    expect(sha256(fit(square(32, 3), frame(28, 1), "d")(colour))).toBe(golden.drawnColourToGrey28);
  });

  it("refuses other numbers of channels", () => {
    const error = userError(() => fit(square(8, 2), frame(8, 1), "odd"));
    expect(error.exitCode).toBe(EXIT.usage);
    expect(error.message).toBe("suite.image for odd: 8x8x1 from 8x8x2\n  accepted: images of 1 or 3 channels");
  });
});
