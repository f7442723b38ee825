// What MetaMD's preconditioners look like: M = A ⊗ B with A = I + a aᵀ and B = I + b bᵀ has the eigenvalues 1, 1 + |a|², 1 + |b|² and
// their product, so that two numbers a layer are its whole spectrum.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { mean } from "../../dist/src/core/averages.js";
import { readLearned } from "../../dist/src/records/learned.js";
import { meanShare, square } from "./resize-learned.js";

/** |cos| of the angle between two vectors. */
export const cosine = (x, y) =>
  Math.abs(x.reduce((sum, one, i) => sum + one * y[i], 0)) / Math.sqrt(square(x) * square(y));

/** Of every method and layer: means over the hold-outs. @param runs of an experiment, with what they learned. */
export function spectraOf(runs) {
  const isMetaMD = ({ record: { cell } }) => cell.phase === "meta-train" && Object.hasOwn(CLASSES, cell.method);
  const files = runs
    .filter(isMetaMD)
    .map(({ record, learnedFile }) => ({ ...readLearned(learnedFile), of: record.cell.method }));
  return [...new Set(files.map(({ of }) => of))].flatMap((method) => {
    const own = files.filter((file) => file.of === method);
    return Object.keys(own[0].values).map((name) => {
      const of = (symbol) => own.map(({ values }) => values[name][symbol]);
      const alike = (vectors) => mean(vectors.flatMap((x, i) => vectors.slice(0, i).map((y) => cosine(x, y))));
      const [a, b] = [of("a"), of("b")];
      return {
        method,
        layer: name.replace(/\.weight$/, ""),
        count: own.length,
        inputs: 1 + mean(a.map(square)),
        outputs: 1 + mean(b.map(square)),
        meanShare: mean(a.map(meanShare)),
        alike: { a: alike(a), b: alike(b) },
        first: a[0],
      };
    });
  });
}

/** The table of spectra, as Markdown. */
export function spectraTable(spectra) {
  const head =
    "| method | layer | 1 + \\|a\\|² (inputs) | 1 + \\|b\\|² (outputs) | of a along (1, …, 1) | a alike | b alike |\n" +
    "| --- | --- | ---: | ---: | ---: | ---: | ---: |";
  const rows = spectra.map(
    ({ method, layer, inputs, outputs, meanShare: share, alike }) =>
      `| ${method} | ${layer} | ${inputs.toFixed(2)} | ${outputs.toFixed(2)} | ${(100 * share).toFixed(0)} % | ` +
      `${alike.a.toFixed(3)} | ${alike.b.toFixed(3)} |`,
  );
  return [head, ...rows].join("\n");
}

/** How near a is to the mean of a layer's inputs, means over the hold-outs, as mean-inputs.js has kept it.
 *  @param reference folder of the reference results. @returns a function of method, layer, images and network. */
export function meanInputsIn(reference) {
  const rows = parse(readFileSync(join(reference, "mean-inputs", "mean-inputs.csv"), "utf8"), { columns: true });
  return (method, layer, images, network) => {
    const wanted = Object.entries({ method, layer, images, network });
    const own = rows.filter((row) => wanted.every(([key, value]) => row[key] === value));
    const of = (column) => own.map((row) => Number(row[column]));
    const cosines = of("cosine");
    return { cosine: mean(cosines), low: Math.min(...cosines), high: Math.max(...cosines), ones: mean(of("ones")) };
  };
}

/** The table of mean inputs, as Markdown. */
export function meanInputsTable(spectra, nearOf) {
  const head =
    "| method | layer | first weights | trained | trained, held-out images | (1, …, 1), trained |\n" +
    "| --- | --- | ---: | ---: | ---: | ---: |";
  const range = ({ cosine: middle, low, high }) => `${middle.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
  const rows = spectra.map(({ method, layer }) => {
    const [first, trained] = ["first", "trained"].map((network) => nearOf(method, layer, "learned on", network));
    const held = nearOf(method, layer, "held out", "trained");
    return `| ${[method, layer, range(first), range(trained), range(held), trained.ones.toFixed(2)].join(" | ")} |`;
  });
  return [head, ...rows].join("\n");
}

const CLASSES = { metamd: "long", metamd_short: "short" };
const TITLES = { metamd: "MetaMD, T = 500", metamd_short: "MetaMD, T = 20" };
const [LEFT, TOP, GROUP, SCALE, PIXEL] = [60, 62, 74, 20, 4];

/** The picture of spectra: bars of both eigenvalues by layer, and a of the first layer as an image. */
export function spectraFigure(spectra) {
  const methods = [...new Set(spectra.map(({ method }) => method))];
  const layers = [...new Set(spectra.map(({ layer }) => layer))];
  const panel = (key, title, at) => {
    const bars = spectra.map(({ method, layer, [key]: value }) => {
      const x = at + layers.indexOf(layer) * GROUP + methods.indexOf(method) * 26;
      const height = (value - 1) * SCALE;
      const bottom = TOP + 110;
      return (
        `<rect x="${x}" y="${(bottom - height).toFixed(1)}" width="22" height="${height.toFixed(1)}" class="${CLASSES[method]}"/>` +
        `<text x="${x + 11}" y="${(bottom - height - 4).toFixed(1)}" text-anchor="middle">${value.toFixed(2)}</text>`
      );
    });
    const names = layers.map(
      (layer, i) => `<text x="${at + i * GROUP + 24}" y="${TOP + 126}" text-anchor="middle">${layer}</text>`,
    );
    const line = `<path d="M${at - 6} ${TOP + 110}h${layers.length * GROUP}" stroke="#222"/>`;
    return [`<text x="${at}" y="${TOP - 18}" class="title">${title}</text>`, line, ...bars, ...names].join("\n");
  };
  const image = methods.map((method, i) => pixels(spectra.find((one) => one.method === method).first, 508 + i * 124));
  const legend = methods.map(
    (method, i) =>
      `<rect x="${LEFT + i * 140}" y="14" width="11" height="11" class="${CLASSES[method]}"/>` +
      `<text x="${LEFT + 16 + i * 140}" y="24">${TITLES[method]}</text>` +
      `<text x="${508 + i * 124}" y="${TOP + 126}">${TITLES[method]}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 210" width="760" height="210" role="img" aria-label="Largest eigenvalues of the two factors of M by layer, and the vector a of the first layer as an image">
<style>
  text { font: 11px Arial, Helvetica, sans-serif; fill: #222 }
  .title { font-weight: bold }
  .long { fill: #d37812 } .short { fill: #7f686a }
</style>
<rect width="760" height="210" fill="#fff"/>
${legend.join("\n")}
${panel("inputs", "1 + |a|², over inputs", LEFT)}
${panel("outputs", "1 + |b|², over outputs", LEFT + 230)}
<text x="508" y="${TOP - 18}" class="title">|a| of fc1, as an image</text>
${image.join("\n")}
</svg>
`;
}

/** A vector over 28x28 pixels. */
function pixels(vector, left) {
  const sizes = Array.from(vector, Math.abs);
  const largest = Math.max(...sizes);
  const drawn = sizes.map((size, i) => {
    const shade = 255 - Math.round((255 * size) / largest);
    return shade > 250
      ? ""
      : `<rect x="${left + (i % 28) * PIXEL}" y="${TOP + Math.floor(i / 28) * PIXEL}" width="${PIXEL}" height="${PIXEL}" ` +
          `fill="rgb(${shade},${shade},${shade})"/>`;
  });
  return `<g>${drawn.join("")}<rect x="${left}" y="${TOP}" width="112" height="112" fill="none" stroke="#999"/></g>`;
}
