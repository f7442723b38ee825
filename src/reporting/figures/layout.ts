import type { Drawing, LegendEntry, Panel, PanelAxis } from "./figure.js";
import { textWidth } from "./font.js";
import { LABEL_RISE, layersOf, type Frame, type Spec } from "./layers.js";
import { escapeXml } from "./xml.js";
import { FONT_SIZES, GAP, NEUTRAL, styleOf, VEGA_CONFIG, type FigureWidth } from "./theme.js";

/** Length of a line in the legend, gap to its name, gap between entries, height of a row; points. */
const LEGEND = { line: 17, gap: 3, between: 9, row: 11 } as const;
/** Height of a panel by its width. */
const ASPECT = 0.78;
/** Height of a row of a panel with rows, in points. */
const ROW = 9.5;

/** The Vega-Lite specification of a drawing. @param panelWidth inner width of every panel, in points. */
export function specOf({ panels, columns, legend }: Drawing, width: FigureWidth, panelWidth: number): Spec {
  const across = Math.min(columns[width], panels.length);
  const scales = scalesOf(legend);
  const height = Math.round(Math.min(125, Math.max(70, panelWidth * ASPECT)));
  const headings = panels.map(({ title }) => (title === undefined ? [] : wrapped(title, panelWidth)));
  const titles = panels.map((panel, i) => ({
    ...panel,
    heading: padded(headings, i, across),
    y: i % across > 0 && panels[i - 1]!.y.title === panel.y.title ? { ...panel.y, title: "" } : panel.y,
    x: {
      ...panel.x,
      ...(panels[i + across]?.x.title === panel.x.title && { title: "" }),
      hidden: panel.kind === "rows" && i % across > 0,
    },
  }));
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    config: VEGA_CONFIG,
    spacing: GAP,
    vconcat: [
      {
        columns: across,
        spacing: { row: GAP, column: GAP },
        align: "each",
        bounds: "full",
        concat: titles.map((panel) => ({
          width: panelWidth,
          height: panel.kind === "rows" ? panel.x.values!.length * ROW : height,
          layer: [
            ...layersOf(panel, { ...frameOf(panel), width: panelWidth }, scales),
            ...(panel.heading.length > 0 ? [headingOf(panel.heading, panelWidth)] : []),
          ],
        })),
        resolve: { scale: { x: "independent", y: "independent" } },
      },
      legendOf(legend, across * panelWidth + (across - 1) * GAP, scales),
    ],
  };
}

/** A panel's heading with empty lines below, so that all of a row begin at the same height. */
function padded(headings: readonly (readonly string[])[], place: number, across: number): readonly string[] {
  const own = headings[place]!;
  const first = place - (place % across);
  const most = Math.max(...headings.slice(first, first + across).map(({ length }) => length));
  return own.length === 0 ? own : [...own, ...Array<string>(most - own.length).fill("")];
}

/** A heading at a height of its own: Vega's titles stand higher where the axis has a label at its very end. */
const headingOf = (lines: readonly string[], width: number): Spec => ({
  data: { values: [{}] },
  mark: {
    type: "text",
    aria: false,
    text: lines,
    x: width / 2,
    y: -LABEL_RISE,
    align: "center",
    baseline: "bottom",
    fontWeight: "bold",
  },
});

/** A title in lines no wider than its panel. */
function wrapped(title: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of title.split(" ")) {
    const longer = `${lines.at(-1) ?? ""} ${word}`;
    const fits = lines.length > 0 && textWidth(longer, FONT_SIZES.label, true) <= width;
    if (fits) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

const STANDS = { line: "#f0e", name: "#f0d" } as const;

/** A colour that stands for a method of the legend while Vega draws, so that what is drawn of each is known afterwards. */
const stand = (what: keyof typeof STANDS, place: number): string => STANDS[what] + place.toString(16).padStart(3, "0");

/** Puts the methods' own colours in, and says whose each part is: `data-method` of what is drawn, `data-name` of its name in the
 *  legend. */
export const withMethods = (svg: string, legend: readonly LegendEntry[]): string =>
  svg
    .replaceAll(/(fill|stroke)="#f0e([0-9a-f]{3})"/g, (_all, what: string, place: string) => {
      const { method, look } = legend[parseInt(place, 16)]!;
      return `data-method="${escapeXml(method)}" ${what}="${styleOf(method, look).colour}"`;
    })
    .replaceAll(/fill="#f0d([0-9a-f]{3})"/g, (_all, place: string) => {
      const { method } = legend[parseInt(place, 16)]!;
      return `data-name="${escapeXml(method)}" fill="${NEUTRAL.ink.colour}"`;
    });

/** Encodings by method: colour, dash, marker and line width. */
function scalesOf(legend: readonly LegendEntry[]): Spec {
  const domain = legend.map(({ method }) => method);
  const styles = legend.map(({ method, look }) => styleOf(method, look));
  const by = (of: (style: ReturnType<typeof styleOf>) => unknown): Spec => ({
    field: "method",
    type: "nominal",
    legend: null,
    scale: { domain, range: styles.map(of) },
  });
  return {
    color: { ...by(() => ""), scale: { domain, range: domain.map((_method, i) => stand("line", i)) } },
    strokeDash: by(({ dash }) => (dash.length === 0 ? [1, 0] : dash)),
    shape: by(({ marker }) => marker),
    strokeWidth: by(({ stroke }) => stroke),
  };
}

/** A view that is the legend, in as many rows as it needs. */
function legendOf(
  legend: readonly LegendEntry[],
  width: number,
  { color, strokeDash, shape, strokeWidth }: Spec,
): Spec {
  const entries: object[] = [];
  let [left, row] = [0, 0];
  for (const { method, name } of legend) {
    const wide = LEGEND.line + LEGEND.gap + textWidth(name, FONT_SIZES.label);
    if (left > 0 && left + wide > width) [left, row] = [0, row + 1];
    const y = (row + 0.5) * LEGEND.row;
    const [end, middle] = [left + LEGEND.line, left + LEGEND.line / 2];
    entries.push({ method, name, y, left, end, middle, text: end + LEGEND.gap });
    left += wide + LEGEND.between;
  }
  const height = (row + 1) * LEGEND.row;
  const place = (field: string, to: number): Spec => ({
    field,
    type: "quantitative",
    axis: null,
    scale: { domain: [0, to], nice: false, zero: false },
  });
  const methods = legend.map(({ method }) => method);
  const names = {
    field: "method",
    type: "nominal",
    legend: null,
    scale: { domain: methods, range: methods.map((_method, i) => stand("name", i)) },
  };
  const y = { ...place("y", height), scale: { domain: [height, 0], nice: false, zero: false } };
  return {
    width,
    height,
    view: { stroke: null },
    data: { values: entries },
    layer: [
      {
        mark: { type: "rule", aria: false, strokeCap: "butt" },
        encoding: { x: place("left", width), x2: { field: "end" }, y, color, strokeDash, strokeWidth },
      },
      {
        mark: { type: "point", aria: false, filled: true, opacity: 1, size: 16 },
        encoding: { x: place("middle", width), y, color, shape },
      },
      {
        mark: { type: "text", aria: false, align: "left", baseline: "middle" },
        encoding: { x: place("text", width), y, text: { field: "name" }, fill: names },
      },
    ],
  };
}

/** The values that a panel's frame spans: those given, else those of its points with a little air. */
function frameOf(panel: Panel): Omit<Frame, "width"> {
  const everything = [...panel.points, ...panel.marked, ...panel.ends, ...(panel.samples ?? [])];
  const xs = everything.flatMap(({ x }) => (typeof x === "number" ? [x] : []));
  const references = (panel.references ?? []).map(({ y }) => y);
  const ys = [...everything.flatMap(({ y, low = y, high = y }) => [y, low, high]), ...references];
  return {
    x: panel.x.scale === "band" ? undefined : (panel.x.domain ?? span(xs, panel.x, 0)),
    y: panel.y.domain ?? span(ys, panel.y, 0.04),
  };
}

function span(values: readonly number[], { scale }: PanelAxis, air: number): [number, number] {
  const usable = values.filter((value) => Number.isFinite(value) && (scale !== "log" || value > 0));
  if (usable.length === 0) return scale === "log" ? [0.1, 1] : [0, 1];
  const low = usable.reduce((a, b) => Math.min(a, b));
  const high = usable.reduce((a, b) => Math.max(a, b));
  if (scale === "log")
    return low === high ? [low / 2, high * 2] : [low / (high / low) ** air, high * (high / low) ** air];
  const more = low === high ? Math.abs(low) * 0.1 || 1 : (high - low) * air;
  return air === 0 && low < high ? [low, high] : [low - more, high + more];
}
