import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { pngOf } from "../../../src/reporting/figures/png.js";
import { render } from "../../../src/reporting/figures/render.js";
import { textWidth } from "../../../src/reporting/figures/font.js";
import type { Drawing } from "../../../src/reporting/figures/figure.js";

const says = "SGD, step 2: loss 1";
const points = [1, 2, 3].map((x) => ({ method: "sgd", x, y: 2 / x }));
const drawing: Drawing = {
  title: "One line",
  alt: "A line of 3 points.",
  caption: "",
  data: [],
  columns: { single: 1, double: 2 },
  legend: [{ method: "sgd", name: "SGD" }],
  panels: [
    {
      kind: "line",
      points,
      marked: [{ ...points[1]!, says }],
      ends: [],
      title: "Panel",
      x: { title: "Step", scale: "linear" },
      y: { title: "Loss", scale: "linear" },
    },
  ],
};

/** Dark pixels of an image. */
async function darkPixels(png: Uint8Array): Promise<number> {
  const { data } = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });
  return data.reduce((count, value) => count + (value < 100 ? 1 : 0), 0);
}

describe("a figure as PNG", () => {
  it("has 300 dots an inch of its printed width, on white", async () => {
    for (const [width, pixels] of [
      ["single", 990],
      ["double", 2070],
    ] as const) {
      const rendered = await render(drawing, "figure-x", width);
      const image = await sharp(pngOf(rendered)).metadata();
      expect(image.width).toBe(pixels);
      expect(image.height).toBe(Math.round((pixels * rendered.height) / rendered.width));
      const { data } = await sharp(pngOf(rendered)).raw().toBuffer({ resolveWithObject: true });
      expect([...data.subarray(0, 3)]).toEqual([255, 255, 255]);
    }
  });

  it("has its text, whatever fonts the machine has", async () => {
    const rendered = await render(drawing, "figure-x", "single");
    const mute = { ...rendered, plainSvg: rendered.plainSvg.replaceAll(/<text[^>]*>[^<]*<\/text>/g, "") };
    const [whole, silent] = [await darkPixels(pngOf(rendered)), await darkPixels(pngOf(mute))];
    expect(silent).toBeGreaterThan(500);
    // 5 words at 7 points and more, several hundred pixels each.
    expect(whole - silent).toBeGreaterThan(2000);
  });

  it("has text as wide as it was measured", async () => {
    const [text, size] = ["Training loss 0.25 (MetaMD)", 20];
    const plainSvg =
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 30" width="300" height="30" font-family="Arimo">` +
      `<text x="5" y="22" font-size="${size}">${text}</text></svg>`;
    const { info } = await sharp(pngOf({ plainSvg, width: 300 }))
      .trim()
      .toBuffer({ resolveWithObject: true });
    expect(Math.abs((info.width / 300) * 72 - textWidth(text, size))).toBeLessThan(3);
  });

  it("says at a marker what it is, and keeps colours as they are for renderers without CSS", async () => {
    const { svg, plainSvg } = await render(drawing, "figure-x", "single");
    expect(svg).toContain(`<title>${says}</title>`);
    expect(svg).toContain('#figure-x [stroke="#383838"]{stroke:var(--figure-sgd,#383838)}');
    expect(plainSvg).not.toContain("<style");
    expect(plainSvg).toContain('stroke="#383838"');
  });
});
