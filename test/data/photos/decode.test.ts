import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { EXIT, type UserError } from "../../../src/core/errors.js";
import { packageRoot } from "../../../src/core/files.js";
import { sha256 } from "../../../src/core/hash.js";
import { decode, DECODER, decodePhoto } from "../../../src/data/photos/decode.js";
import { realData } from "../../support/require.js";
import { errorOf } from "../fixtures.js";
import { png } from "./fixtures.js";
import { scratchFolder } from "../../support/folder.js";

interface Golden {
  readonly files: readonly {
    readonly path: string;
    readonly height: number;
    readonly width: number;
    readonly decoded: string;
    readonly framed: string;
    readonly small: string;
    readonly grey: string;
    readonly cropped: string;
  }[];
  readonly drawn: readonly { readonly name: string; readonly base64: string; readonly decoded: string }[];
}
const golden = JSON.parse(readFileSync(join(packageRoot(), "test", "golden", "photos.json"), "utf8")) as Golden;
const folder = scratchFolder();
const file = (name: string, bytes: Uint8Array | string): string => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

describe("decode", () => {
  it.each(golden.drawn)("is bit-equal to Pillow: $name", async ({ name, base64, decoded }) => {
    const photo = await decode(file(name, Buffer.from(base64, "base64")));
    expect([photo.height, photo.width]).toEqual([24, 16]);
    expect(sha256(photo.pixels)).toBe(decoded);
  });

  it("keeps the upper half of 16 bits", async () => {
    const wide = await sharp(png([10, 20, 30]))
      .toColourspace("rgb16")
      .png()
      .toBuffer();
    expect([...(await decode(file("wide.png", wide))).pixels.subarray(0, 3)]).toEqual([10, 20, 30]);
  });

  it("names the decoder that is pinned", () => {
    const { dependencies } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    expect(DECODER).toBe(`sharp ${dependencies.sharp}`);
    expect(DECODER).toBe(`sharp ${sharp.versions.sharp}`);
  });

  const jpeg = Buffer.from(golden.drawn[0]!.base64, "base64");
  const header = Buffer.from(png([0, 0, 0]));
  header.writeUInt32BE(100_000, 16);
  header.writeUInt32BE(100_000, 20);
  it.each([
    [
      "a text",
      Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"),
      /not a photo format that is known[^]*JPEG, PNG, GIF, WebP/,
    ],
    ["nothing", Buffer.alloc(0), /not a photo format that is known/],
    ["half a JPEG", jpeg.subarray(0, jpeg.length / 2), /cannot be decoded \(.*premature end/],
    ["the beginning of a JPEG", jpeg.subarray(0, 20), /cannot be decoded/],
    ["half a PNG", png([1, 2, 3], 90, 90).subarray(0, 70), /cannot be decoded/],
    ["a bomb", header, /cannot be decoded \(.*pixel limit/],
  ])("refuses %s, naming the file", async (name, bytes, message) => {
    const path = file(`${name}.jpg`, bytes);
    const error = (await errorOf(() => decode(path))) as UserError;
    expect(error.exitCode).toBe(EXIT.data);
    expect(error.faults[0]!.where).toBe(path);
    expect(error.message).toMatch(message);
  });

  it("refuses a missing file", async () => {
    expect(((await errorOf(() => decode(join(folder, "none.jpg")))) as UserError).message).toMatch(
      /none\.jpg: cannot be read/,
    );
  });
});

describe("decodePhoto", () => {
  it("cuts the bottom off before anything else", async () => {
    const two = await sharp(png([200, 0, 0], 20, 30))
      .extend({ bottom: 20, background: "#00ff00" })
      .png()
      .toBuffer();
    const path = file("banner.png", two);
    const framed = await decodePhoto(path, { size: 5, channels: 3, cropBottom: 20 });
    expect([...framed]).toEqual(Array.from({ length: 25 }, () => [200, 0, 0]).flat());
    expect([...(await decodePhoto(path, { size: 5, channels: 1, cropBottom: 20 }))]).toEqual(new Array(25).fill(60));
    const error = (await errorOf(() => decodePhoto(path, { size: 5, channels: 3, cropBottom: 40 }))) as UserError;
    expect(error.message).toMatch(/banner\.png: 40 rows\n {2}accepted: more than the 40 that are cut off/);
  });
});

const real = realData("OxfordIIITPet");
describe.skipIf(real === undefined)("photos of Pets and DTD", () => {
  it.each(golden.files)("are bit-equal to Pillow: $path", async ({ path, height, width, ...expected }) => {
    const photo = join(real!, "..", path);
    const { pixels, ...size } = await decode(photo);
    const frames = {
      framed: await decodePhoto(photo, { size: 224, channels: 3 }),
      small: await decodePhoto(photo, { size: 32, channels: 3 }),
      grey: await decodePhoto(photo, { size: 224, channels: 1 }),
      cropped: await decodePhoto(photo, { size: 224, channels: 3, cropBottom: 20 }),
    };
    expect(size).toEqual({ height, width });
    expect({
      decoded: sha256(pixels),
      ...Object.fromEntries(Object.entries(frames).map(([name, bytes]) => [name, sha256(bytes)])),
    }).toEqual(expected);
  });
});
