import { describe, expect, test } from "vitest";
import { flawOf, namesNotFinite } from "../../src/core/finite.js";

const FINITE = [0, -0, 1e-45, -3.4e38, 3.4e38];

describe("numbers that are not finite", () => {
  test.each([NaN, Infinity, -Infinity])("%d is found wherever it lies", (broken) => {
    for (let at = 0; at <= FINITE.length; at++) {
      const values = Float32Array.from([...FINITE.slice(0, at), broken, ...FINITE.slice(at)]);
      expect(namesNotFinite({ whole: Float32Array.from(FINITE), values })).toEqual(["values"]);
      expect(flawOf(values)).toBe("1 of 6 numbers are NaN or infinite");
    }
  });

  test("those of opposite signs do not cancel", () => {
    expect(flawOf([Infinity, -Infinity, Infinity])).toBe("3 of 3 numbers are NaN or infinite");
  });

  test("the largest and smallest of double precision are finite, and so is nothing", () => {
    expect(flawOf([Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE])).toBeUndefined();
    expect(flawOf(new Int32Array([2 ** 31 - 1, -(2 ** 31)]))).toBeUndefined();
    expect(flawOf([])).toBeUndefined();
  });
});
