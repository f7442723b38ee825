import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import opentype from "opentype.js";

const require = createRequire(import.meta.url);

/** The files that text is measured with and drawn from. */
export const FONT_FILES = {
  regular: require.resolve("@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf"),
  bold: require.resolve("@expo-google-fonts/arimo/700Bold/Arimo_700Bold.ttf"),
} as const;

type Weight = keyof typeof FONT_FILES;
const fonts = new Map<Weight, opentype.Font>();
/** Of texts at size 1000. */
const widths = new Map<string, number>();

function fontOf(weight: Weight): opentype.Font {
  let font = fonts.get(weight);
  if (font === undefined) {
    const bytes = readFileSync(FONT_FILES[weight]);
    font = opentype.parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    fonts.set(weight, font);
  }
  return font;
}

/** Width of a line of text. @param size in the unit of the result. */
export function textWidth(text: string, size: number, bold = false): number {
  const weight = bold ? "bold" : "regular";
  const key = `${weight} ${text}`;
  let width = widths.get(key);
  if (width === undefined) widths.set(key, (width = fontOf(weight).getAdvanceWidth(text, 1000)));
  return (width * size) / 1000;
}
