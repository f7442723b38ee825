import { describe, expect, it } from "vitest";
import { rotate } from "../../../src/data/images/rotate.js";

const at = (x: number, y: number): number => y * 28 + x;

describe("rotate", () => {
  it("copies for 0 degrees", () => {
    const image = Uint8Array.from({ length: 784 }, (_unused, i) => i % 251);
    const turned = rotate(image, 0);
    expect(turned).toEqual(image);
    expect(turned).not.toBe(image);
  });

  it("turns counter-clockwise as seen: ink right of the centre rises", () => {
    const image = new Uint8Array(784);
    for (let x = 18; x < 26; x++) for (let y = 13; y < 15; y++) image[at(x, y)] = 200;
    const turned = rotate(image, 3);
    expect(turned[at(20, 7)]).toBeGreaterThan(100);
    expect(turned[at(20, 20)]).toBe(0);
  });

  it("leaves zero outside the image and keeps a flat inside flat", () => {
    const turned = rotate(new Uint8Array(784).fill(255), 3);
    expect(turned[at(0, 0)]).toBe(0);
    expect(turned[at(27, 27)]).toBe(0);
    expect(turned[at(14, 14)]).toBe(255);
    expect(turned[at(0, 14)]).toBe(255);
  });

  it("truncates: a single bright pixel turned by 30 degrees", () => {
    const image = new Uint8Array(784);
    image[at(13, 13)] = 255;
    const [c, s] = [0.866025403784439, 0.5];
    const x = c * -0.5 - s * -0.5 + 13.5;
    const y = s * -0.5 + c * -0.5 + 13.5;
    expect([Math.floor(x), Math.floor(y)]).toEqual([13, 12]);
    expect(rotate(image, 2)[at(13, 13)]).toBe(Math.trunc(255 * (1 - (x - 13)) * (y - 12)));
  });

  it("turns every image of several alike", () => {
    const image = Uint8Array.from({ length: 784 }, (_unused, i) => (i * 37) % 256);
    const both = new Uint8Array(2 * 784);
    both.set(image);
    both.set(image, 784);
    const turned = rotate(both, 1);
    expect(turned.subarray(784)).toEqual(turned.subarray(0, 784));
    expect(turned.subarray(0, 784)).toEqual(rotate(image, 1));
  });
});
