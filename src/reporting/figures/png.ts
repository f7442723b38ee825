import { Resvg } from "@resvg/resvg-js";
import { FONT_FILES } from "./font.js";
import type { Rendered } from "./render.js";
import { NEUTRAL } from "./theme.js";

/** Pixels to the inch of printed size. */
export const PNG_DPI = 300;

/** A figure as PNG on white. Text is drawn from the font files that are shipped, so that it is there, and the same, on
 *  machines without any font. */
export function pngOf({ plainSvg, width }: Pick<Rendered, "plainSvg" | "width">): Uint8Array {
  const image = new Resvg(plainSvg, {
    background: NEUTRAL.paper.colour,
    fitTo: { mode: "width", value: Math.round((width / 72) * PNG_DPI) },
    font: {
      loadSystemFonts: false,
      fontFiles: Object.values(FONT_FILES),
      defaultFontFamily: "Arimo",
      sansSerifFamily: "Arimo",
    },
  });
  return image.render().asPng();
}
