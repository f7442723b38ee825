// Curves laid over each other, with switches of both axes and a legend that hides.
"use strict";

const chart = {
  MOST_WIDE: 720,
  HEIGHT: 340,
  LEFT: 62,
  RIGHT: 14,
  TOP: 10,
  BOTTOM: 42,
  /** Wanted at most on a linear axis. */
  TICKS: 6,
  TITLES: { step: "Training step", epoch: "Epoch", time: "Wall-clock time (s)" },

  /** @param series of { key, name, colour, dash, says, x: { step, epoch, time }, y }; those of one key are hidden together. */
  of(series, title) {
    const width = Math.max(260, Math.min(chart.MOST_WIDE, document.documentElement.clientWidth - 90));
    const state = { width, x: "step", y: "linear", hidden: new Set() };
    const place = element("div", { class: "canvas" });
    const draw = () => place.replaceChildren(chart.draw(series, state, title));
    const loss = series.flatMap(({ y }) => y).filter((value) => value > 0);
    if (Math.max(...loss) / Math.min(...loss) > 20) state.y = "log";
    const bar = element(
      "div",
      { class: "toolbar" },
      choice("Horizontal axis", ["step", "epoch", "time"], state.x, (value) => ((state.x = value), draw())),
      choice("Loss axis", ["linear", "log"], state.y, (value) => ((state.y = value), draw())),
    );
    draw();
    return element("div", { class: "chart" }, bar, place, chart.legend(series, state, draw));
  },

  legend(series, { hidden }, draw) {
    const byKey = new Map(series.map((one) => [one.key, one]));
    if (byKey.size < 2) return element("div");
    const entries = [...byKey.values()].map(({ key, name, colour, dash }) =>
      element(
        "button",
        {
          type: "button",
          "aria-pressed": "true",
          title: "Hide or show",
          onclick: ({ currentTarget }) => {
            if (!hidden.delete(key)) hidden.add(key);
            currentTarget.setAttribute("aria-pressed", String(!hidden.has(key)));
            draw();
          },
        },
        drawn(
          "svg",
          { width: 22, height: 8, "aria-hidden": "true" },
          drawn("line", {
            x1: 0,
            x2: 22,
            y1: 4,
            y2: 4,
            style: `stroke:${colour}`,
            "stroke-width": 2,
            "stroke-dasharray": dash,
          }),
        ),
        ` ${name}`,
      ),
    );
    return element("div", { class: "keys", role: "group", "aria-label": "Curves shown" }, entries);
  },

  draw(series, state, title) {
    const shown = series.filter(({ key }) => !state.hidden.has(key));
    const usable = (value) => Number.isFinite(value) && (state.y === "linear" || value > 0);
    const xs = shown.flatMap(({ x }) => x[state.x]);
    const x = chart.scale([0, ...xs], "linear", [chart.LEFT, state.width - chart.RIGHT]);
    const y = chart.scale(chart.inside(shown).filter(usable), state.y, [chart.HEIGHT - chart.BOTTOM, chart.TOP]);
    const lines = shown.map(({ x: along, y: up, colour, dash, says }) => {
      const points = up.flatMap((value, i) => (usable(value) ? [`${x.at(along[state.x][i])},${y.at(value)}`] : []));
      return drawn(
        "polyline",
        {
          points: points.join(" "),
          fill: "none",
          style: `stroke:${colour}`,
          "stroke-width": 1.6,
          "stroke-dasharray": dash,
        },
        drawn("title", {}, says),
      );
    });
    const frame = { x: chart.LEFT, y: chart.TOP, width: state.width - chart.LEFT - chart.RIGHT };
    const height = chart.HEIGHT - chart.TOP - chart.BOTTOM;
    return drawn(
      "svg",
      { viewBox: `0 0 ${state.width} ${chart.HEIGHT}`, role: "img", "aria-label": title, xmlns: SVG },
      drawn("clipPath", { id: "chart-frame" }, drawn("rect", { ...frame, height })),
      chart.axes(x, y, state),
      drawn("g", { "clip-path": "url(#chart-frame)" }, lines),
    );
  },

  /** The losses that decide the axis: a curve that rises above ten times what they begin with leaves the frame. */
  inside(shown) {
    const begins = shown.map(({ y }) => y[0]).sort((a, b) => a - b);
    const most = 10 * (begins[Math.floor(begins.length / 2)] ?? Infinity);
    const all = shown.flatMap(({ y }) => y);
    const held = all.filter((value) => value <= most);
    return held.length > 0 ? held : all;
  },

  /** @returns where a value lies, and the values to mark. */
  scale(values, kind, [from, to]) {
    const log = kind === "log";
    let [low, high] = [Math.min(...values), Math.max(...values)];
    if (!Number.isFinite(low)) [low, high] = log ? [0.1, 1] : [0, 1];
    if (low === high) [low, high] = log ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
    const map = log ? Math.log10 : (value) => value;
    const share = (value) => (map(value) - map(low)) / (map(high) - map(low));
    return {
      at: (value) => Number((from + share(value) * (to - from)).toFixed(1)),
      ticks: chart.ticks(low, high, log, chart.TICKS),
    };
  },

  ticks(low, high, log, wanted) {
    if (log && high / low >= 30) {
      const powers = [];
      const every = Math.ceil(Math.log10(high / low) / 8);
      for (let power = Math.ceil(Math.log10(low) - 1e-9); 10 ** power <= high * 1.001; power += every)
        powers.push(10 ** power);
      return powers;
    }
    const raw = (high - low) / wanted;
    const unit = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].find((factor) => factor * unit >= raw) * unit;
    const ticks = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
      ticks.push(Number((i * step).toPrecision(12)));
    return ticks;
  },

  /** "0.25", "2000", and powers of ten as such. */
  label(value) {
    const power = Math.log10(Math.abs(value));
    if (value === 0 || (power < 5 && power > -4)) return String(value);
    const raised = [...String(Math.floor(power + 1e-9))]
      .map((digit) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(digit)])
      .join("");
    const factor = Number((value / 10 ** Math.floor(power + 1e-9)).toPrecision(3));
    return `${factor === 1 ? "" : `${factor}×`}10${raised}`;
  },

  axes(x, y, state) {
    const bottom = chart.HEIGHT - chart.BOTTOM;
    const right = state.width - chart.RIGHT;
    const text = (attributes, words) => drawn("text", { ...attributes, class: "tick" }, words);
    return drawn(
      "g",
      {},
      x.ticks.map((value) => text({ x: x.at(value), y: bottom + 16, "text-anchor": "middle" }, chart.label(value))),
      y.ticks.map((value) =>
        drawn("line", { class: "rule", x1: chart.LEFT, x2: right, y1: y.at(value), y2: y.at(value) }),
      ),
      y.ticks.map((value) => text({ x: chart.LEFT - 6, y: y.at(value) + 4, "text-anchor": "end" }, chart.label(value))),
      drawn("line", { class: "axis", x1: chart.LEFT, x2: right, y1: bottom, y2: bottom }),
      drawn("line", { class: "axis", x1: chart.LEFT, x2: chart.LEFT, y1: chart.TOP, y2: bottom }),
      text({ x: (chart.LEFT + right) / 2, y: chart.HEIGHT - 6, "text-anchor": "middle" }, chart.TITLES[state.x]),
      text({ transform: `translate(14 ${bottom / 2}) rotate(-90)`, "text-anchor": "middle" }, "Training loss"),
    );
  },
};
