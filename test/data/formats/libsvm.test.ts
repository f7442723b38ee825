import { describe, expect, it } from "vitest";
import { EXIT } from "../../../src/core/errors.js";
import { readUsps } from "../../../src/data/formats/libsvm.js";
import { userError } from "../../support/folder.js";
import { uspsLine } from "../fixtures.js";

const read = (text: string): ReturnType<typeof readUsps> => readUsps(Buffer.from(text, "latin1"), "f");

describe("readUsps", () => {
  it("reads labels 1 to 10 as 0 to 9, values from -1 to 1 as bytes, with and without a last line feed", () => {
    const text = uspsLine(10, (k) => (k === 1 ? "1" : "-1")) + uspsLine(1, () => "0");
    for (const given of [text, text.slice(0, -1), text.replaceAll(" \n", "\r\n")]) {
      const { labels, pixels } = read(given);
      expect([...labels]).toEqual([9, 0]);
      expect([...pixels.subarray(0, 3)]).toEqual([0, 255, 0]);
      expect(pixels[256]).toBe(127);
      expect(pixels.length).toBe(512);
    }
    expect(read("").labels.length).toBe(0);
  });

  it("rounds to float32 after every operation", () => {
    const float32 = (value: number): number => read(uspsLine(1, () => String(value))).pixels[0]!;
    expect([float32(-0.6), Math.trunc(((-0.6 + 1) / 2) * 255)]).toEqual([50, 51]);
  });

  const line = uspsLine(3, () => "0.5");
  it.each<[string, string, RegExp]>([
    ["label 0", line.replace("3 ", "0 "), /^f:2: label "0"[^]*labels 1 to 10/],
    ["label 11", line.replace("3 ", "11 "), /label "11"/],
    ["a label that is no number", line.replace("3 ", "x "), /label "x"/],
    ["an empty line", "\n", /label ""/],
    ["an index left out", line.replace("7:0.5 ", ""), /^f:2: 255 values[^]*256 values, one of every index/],
    ["an index twice", line.replace("7:0.5", "6:0.5"), /"6:0\.5"[^]*7: and a number from -1 to 1/],
    ["one index too many", line.replace("\n", "257:0 \n"), /257 values/],
    ["a value out of range", line.replace("7:0.5", "7:1.01"), /"7:1\.01"/],
    ["no value", line.replace("7:0.5", "7:"), /"7:"/],
    ["hexadecimal", line.replace("7:0.5", "7:0x1"), /"7:0x1"/],
    ["not a number", line.replace("7:0.5", "7:NaN"), /"7:NaN"/],
    ["a cut line", line.slice(0, 700), /values/],
    ["another format", "no usps".repeat(1000), /label "no"/],
  ])("refuses: %s", (_name, text, message) => {
    const error = userError(() => read(line + text));
    expect(error.exitCode).toBe(EXIT.data);
    expect(error.message).toMatch(message);
    expect(error.message.length).toBeLessThan(300);
  });
});
