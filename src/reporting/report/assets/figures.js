// Learning curves of the figures, with switches of both axes: drawn anew where another is chosen than the printed figure's.
"use strict";

const figures = {
  /** Of a drawing, and of a panel at least. */
  MOST_WIDE: 930,
  LEAST_WIDE: 250,
  TITLE: 22,
  LEGEND: { row: 22, line: 24, between: 18 },
  MARKS: 6,
  FONT: "13px Arimo, Arial, Helvetica, sans-serif",
  OWN: "as printed",

  start() {
    document.querySelectorAll("figure.plot:has(> .curves)").forEach(figures.fill);
  },

  fill(figure) {
    const held = JSON.parse(figure.querySelector(":scope > .curves script").textContent);
    const state = { x: held.by, y: figures.OWN };
    const place = element("div", { class: "drawing switched" });
    const bar = chart.switches(state, [figures.OWN, "linear", "log"], () => {
      const own = state.x === held.by && state.y === figures.OWN;
      const off = [...place.querySelectorAll("[data-name][aria-pressed=false]")].map(({ dataset }) => dataset.name);
      place.replaceChildren(...(own ? [] : [figures.draw(held, state, figure)]));
      figure.classList.toggle("redrawn", !own);
      report.dress(place, off);
    });
    figure.querySelector(".drawing").before(bar);
    figure.querySelector("figcaption").before(place);
  },

  draw({ panels, columns }, state, figure) {
    const room = Math.min(figures.MOST_WIDE, figure.clientWidth);
    const across = Math.max(1, Math.min(columns, panels.length, Math.floor(room / figures.LEAST_WIDE)));
    const width = Math.floor(room / across);
    const height = Math.round(Math.min(chart.HEIGHT, Math.max(220, width * 0.7)));
    const down = Math.ceil(panels.length / across) * (height + figures.TITLE);
    const { parts, height: below } = figures.legend(panels, room, down);
    const heading = figure.querySelector("h3").textContent;
    const title = `${heading}, by ${state.x}${state.y === figures.OWN ? "" : `, ${state.y}`}`;
    return drawn(
      "svg",
      { viewBox: `0 0 ${room} ${down + below}`, "aria-label": title, style: `font:${figures.FONT}`, xmlns: SVG },
      panels.map((panel, i) => {
        const at = [(i % across) * width, Math.floor(i / across) * (height + figures.TITLE)];
        return drawn("g", { transform: `translate(${at})` }, figures.panel(panel, state, { width, height }));
      }),
      parts,
    );
  },

  panel({ title, scale, curves }, state, { width, height }) {
    const y = state.y === figures.OWN ? scale : state.y;
    // Methods take times of different orders.
    const log = state.x === "time";
    const middle = (chart.LEFT + width - chart.RIGHT) / 2;
    const name = { x: middle, y: 15, "text-anchor": "middle", "font-weight": "bold", style: figures.ink() };
    return [
      drawn("text", name, title),
      drawn(
        "g",
        { transform: `translate(0 ${figures.TITLE})` },
        chart.panel(
          curves.map((curve) => figures.series(curve, state)),
          { x: state.x, y, log, most: y === "log" ? 10 : 2, width, height },
        ),
      ),
    ];
  },

  series({ method, name, runs: count, diverged, step, epoch, time, mean, low, high }, { x }) {
    const { colour, dash } = runs.data.looks[method];
    const along = { step, epoch, time };
    const unit = x === "time" ? "s" : x;
    const every = Math.ceil(mean.length / figures.MARKS);
    const last = mean.length - 1;
    const marks = mean.flatMap((loss, i) => {
      if ((last - i) % every !== 0) return [];
      const spread = count > 1 ? ` (${runs.short(low[i])} to ${runs.short(high[i])}, ${count} runs)` : "";
      const ends = diverged && i === last ? ", where the first of its runs diverged" : "";
      return [{ i, says: `${name}, ${unit} ${runs.short(along[x][i])}: loss ${runs.short(loss)}${spread}${ends}` }];
    });
    return { method, colour, dash, says: name, x: along, y: mean, ...(count > 1 && { low, high }), marks, diverged };
  },

  /** Names of all methods in rows below the panels: each hides and shows its curves. */
  legend(panels, room, top) {
    const names = new Map(panels.flatMap(({ curves }) => curves.map(({ method, name }) => [method, name])));
    const { row, line, between } = figures.LEGEND;
    let [left, y] = [chart.LEFT, top + row];
    const parts = [...names].flatMap(([method, name]) => {
      const wide = line + figures.widthOf(name) + between;
      if (left > chart.LEFT && left + wide > room) [left, y] = [chart.LEFT, y + row];
      const { colour, dash } = runs.data.looks[method];
      const at = { x1: left, x2: left + line - 5, y1: y - 4, y2: y - 4 };
      const look = { style: `stroke:${colour}`, "stroke-width": 2, "stroke-dasharray": dash };
      const text = { "data-name": method, x: left + line, y, style: figures.ink() };
      left += wide;
      return [drawn("line", { "data-method": method, ...at, ...look }), drawn("text", text, name)];
    });
    return { parts, height: y - top + row / 2 };
  },

  widthOf(text) {
    figures.measure ??= document.createElement("canvas").getContext("2d");
    figures.measure.font = figures.FONT;
    return figures.measure.measureText(text).width;
  },
  ink: () => `fill:${runs.data.neutral.ink}`,
};

figures.start();
window.figures = figures;
