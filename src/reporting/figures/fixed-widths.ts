import { textWidth } from "./font.js";

const TEXT = /<text([^>]*font-size="([\d.]+)(?:px)?"[^>]*)>(.*?)<\/text>/g;
const LINE = /<tspan([^>]*)>([^<]+)<\/tspan>/g;

/** A figure for a page whose reader may have no font as wide as Arial: every text is as wide as it was measured. */
export const withFixedWidths = (svg: string): string =>
  svg.replaceAll(TEXT, (_all, attributes: string, size: string, inside: string) => {
    const widthOf = (text: string): string => {
      const width = textWidth(plain(text), Number(size), /font-weight="(?:bold|600|700)"/.test(attributes));
      return ` textLength="${Number(width.toFixed(2))}" lengthAdjust="spacingAndGlyphs"`;
    };
    const lines = inside.replaceAll(
      LINE,
      (_line, own: string, text: string) => `<tspan${own}${widthOf(text)}>${text}</tspan>`,
    );
    const whole = inside === "" || inside.startsWith("<") ? "" : widthOf(inside);
    return `<text${attributes}${whole}>${lines}</text>`;
  });

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&apos;": "'" } as const;
const plain = (text: string): string =>
  text.replaceAll(/&(?:amp|lt|gt|quot|#39|apos);/g, (entity) => ENTITIES[entity as keyof typeof ENTITIES]);
