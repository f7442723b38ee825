// Curves laid over each other, with switches of both axes.
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
    draw();
    return element(
      "div",
      { class: "chart" },
      chart.switches(state, ["linear", "log"], draw),
      place,
      chart.legend(series, state, draw),
    );
  },

  /** Buttons for both axes. @param state of { x, y }, which they change. */
  switches: (state, scales, draw) =>
    element(
      "div",
      { class: "toolbar" },
      choice("Horizontal axis", ["step", "epoch", "time"], state.x, (value) => ((state.x = value), draw())),
      choice("Loss axis", scales, state.y, (value) => ((state.y = value), draw())),
    ),

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
    return drawn(
      "svg",
      { viewBox: `0 0 ${state.width} ${chart.HEIGHT}`, role: "img", "aria-label": title, xmlns: SVG },
      chart.panel(shown, { ...state, height: chart.HEIGHT }),
    );
  },

  /** Frames drawn so far: each has a clip path with an id of its own. */
  frames: 0,

  /** One pair of axes with its curves, as a group. @param log whether the horizontal axis is logarithmic; most: see `inside`. */
  panel(shown, { x: by, y: scale, log = false, most = 10, width, height }) {
    const usable = (value) => Number.isFinite(value) && (scale === "linear" || value > 0);
    const xs = shown.flatMap(({ x }) => x[by]);
    const across = log ? xs.filter((value) => value > 0) : [0, ...xs];
    const x = chart.scale(across, log ? "log" : "linear", [chart.LEFT, width - chart.RIGHT]);
    const y = chart.scale(chart.inside(shown, most).filter(usable), scale, [height - chart.BOTTOM, chart.TOP]);
    const frame = { x: chart.LEFT, y: chart.TOP, width: width - chart.LEFT - chart.RIGHT };
    const id = `chart-frame-${++chart.frames}`;
    return drawn(
      "g",
      {},
      drawn("clipPath", { id }, drawn("rect", { ...frame, height: height - chart.TOP - chart.BOTTOM })),
      chart.axes(x, y, { by, width, height }),
      drawn(
        "g",
        { "clip-path": `url(#${id})` },
        shown.map((one) => chart.curve(one, one.x[by], x, y, usable)),
      ),
    );
  },

  /** A line, with a band where the runs behind it have a spread, and marks that say their values. */
  curve({ method, y: up, low, high, colour, dash, says, marks = [], diverged }, along, x, y, usable) {
    const drawable = (value, i) => usable(value) && Number.isFinite(x.at(along[i]));
    const places = (values) =>
      values.flatMap((value, i) => (drawable(value, i) ? [`${x.at(along[i])},${y.at(value)}`] : []));
    const held = method === undefined ? {} : { "data-method": method };
    const band = low !== undefined && [...places(high), ...places(low).reverse()].join(" ");
    return [
      band && drawn("polygon", { ...held, points: band, style: `fill:${colour}`, "fill-opacity": 0.14 }),
      drawn(
        "polyline",
        {
          ...held,
          points: places(up).join(" "),
          fill: "none",
          style: `stroke:${colour}`,
          "stroke-width": 1.6,
          "stroke-dasharray": dash,
        },
        drawn("title", {}, says),
      ),
      marks.map(({ i, says: value }) => {
        const mark = { ...held, transform: `translate(${x.at(along[i])} ${y.at(up[i])})`, style: `stroke:${colour}` };
        const crossed = diverged && i === up.length - 1;
        const shape = crossed ? { d: "M-4,-4L4,4M-4,4L4,-4" } : { d: "M0,0L0.01,0", "stroke-linecap": "round" };
        return (
          drawable(up[i], i) &&
          drawn("path", { ...mark, ...shape, "stroke-width": crossed ? 2 : 5 }, drawn("title", {}, value))
        );
      }),
    ];
  },

  /** The losses that decide the axis: a curve that rises above so many times what they begin with leaves the frame. */
  inside(shown, times) {
    const begins = shown.map(({ y }) => y[0]).sort((a, b) => a - b);
    const most = times * (begins[Math.floor(begins.length / 2)] ?? Infinity);
    const all = shown.flatMap(({ y, low = [], high = [] }) => [...y, ...low, ...high]);
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
    if (log) {
      const first = Math.floor(Math.log10(low));
      const decades = Array.from({ length: Math.floor(Math.log10(high)) - first + 1 }, (_none, i) => first + i);
      const between = decades
        .flatMap((power) => [1, 2, 5].map((factor) => Number(`${factor}e${power}`)))
        .filter((value) => value >= low * 0.999 && value <= high * 1.001);
      if (between.length > 2) return between;
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

  axes(x, y, { by, width, height }) {
    const { ink, muted, grid } = runs.data.neutral;
    const [bottom, right] = [height - chart.BOTTOM, width - chart.RIGHT];
    const text = (attributes, words) => drawn("text", { ...attributes, class: "tick", style: `fill:${ink}` }, words);
    const axis = (x2, y2) => ({ x1: chart.LEFT, x2, y1: bottom, y2, style: `stroke:${muted}` });
    const rules = y.ticks.map((value) => ({ x1: chart.LEFT, x2: right, y1: y.at(value), y2: y.at(value) }));
    return drawn(
      "g",
      {},
      x.ticks.map((value) => text({ x: x.at(value), y: bottom + 16, "text-anchor": "middle" }, chart.label(value))),
      rules.map((rule) => drawn("line", { ...rule, style: `stroke:${grid}` })),
      y.ticks.map((value) => text({ x: chart.LEFT - 6, y: y.at(value) + 4, "text-anchor": "end" }, chart.label(value))),
      drawn("line", axis(right, bottom)),
      drawn("line", axis(chart.LEFT, chart.TOP)),
      text({ x: (chart.LEFT + right) / 2, y: height - 6, "text-anchor": "middle" }, chart.TITLES[by]),
      text({ transform: `translate(14 ${bottom / 2}) rotate(-90)`, "text-anchor": "middle" }, "Training loss"),
    );
  },
};
