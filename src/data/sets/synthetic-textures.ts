import { grey } from "../images/grey.js";
import type { Shape } from "../images/shape.js";
import { drawnDataset } from "../synthetic/synthetic.js";
import { drawTexture, TEXTURE_CLASSES, TEXTURES, type TextureStyle } from "../synthetic/textures.js";

/** The shape where none is asked for. */
const SHAPE: Shape = { height: 32, width: 32, channels: 3 };

const plain: TextureStyle = {
  number: 20,
  palette: "mixed",
  frequency: [3, 4.5],
  contrast: [0.7, 1],
  noise: 0.25,
  bend: 0.15,
};

const variants: Readonly<Record<string, TextureStyle>> = {
  "synthetic-textures/plain": plain,
  "synthetic-textures/warm": { ...plain, number: 21, palette: "warm" },
  "synthetic-textures/cold": { ...plain, number: 22, palette: "cold" },
  "synthetic-textures/pastel": { ...plain, number: 23, palette: "pastel", noise: 0.15 },
  "synthetic-textures/dark": { ...plain, number: 24, palette: "dark", noise: 0.12 },
  "synthetic-textures/greys": { ...plain, number: 25, palette: "greys" },
  "synthetic-textures/fine": { ...plain, number: 26, frequency: [4.5, 6.5] },
  "synthetic-textures/coarse": { ...plain, number: 27, frequency: [2, 3] },
  "synthetic-textures/noisy": { ...plain, number: 28, noise: 0.6 },
  "synthetic-textures/faded": { ...plain, number: 29, contrast: [0.3, 0.5], noise: 0.12 },
  "synthetic-textures/bent": { ...plain, number: 30, bend: 0.45 },
};

/** Colour textures in eleven looks, drawn at the size of the frame that is asked for. */
export const syntheticTextures = drawnDataset(Object.keys(variants), (domain, { frame }) => {
  const style = variants[domain]!;
  const size = frame?.size ?? SHAPE.height;
  const channels = frame?.channels ?? SHAPE.channels;
  return {
    shape: { height: size, width: size, channels },
    classes: TEXTURE_CLASSES,
    identity: { generator: TEXTURES, style, size, channels },
    draw(seed, split, index, out) {
      const pixels = channels === 1 ? new Uint8Array(3 * out.length) : out;
      drawTexture(seed, style, split, index, size, pixels);
      if (channels === 1) out.set(grey(pixels));
    },
  };
});
