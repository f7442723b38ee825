// The points that tuning tried, in lists that follow the choice of methods and filter by method and dataset; drawn ones lead
// to their runs.
"use strict";

const trials = {
  /** Each with what draws it anew. */
  lists: [],

  start() {
    trials.lists = [...document.querySelectorAll(".trials")].map(trials.fill);
    trials.follow();
  },

  /** The runs of a point that is drawn. */
  open(mark) {
    const figure = mark?.closest("figure");
    if (!figure) return;
    const place = (document.getElementById(figure.dataset.points) ?? figure).querySelector(".trials > script");
    const { runs: ids } = JSON.parse(place.textContent)[Number(mark.dataset.point)];
    window.location.hash = `#runs=${ids}`;
  },

  /** Draws every list anew; one that is folded away, when it is opened. */
  follow() {
    for (const list of trials.lists) list.stale = true;
    trials.drawSeen();
  },
  drawSeen() {
    for (const list of trials.lists) {
      if (!list.stale || list.place.closest("details:not([open])") !== null) continue;
      list.stale = false;
      list.draw();
    }
  },

  waits: false,
  /** Once after all methods that a click turns. */
  followSoon() {
    if (trials.waits) return;
    trials.waits = true;
    window.queueMicrotask(() => {
      trials.waits = false;
      trials.follow();
    });
  },

  fill(place) {
    const points = JSON.parse(place.querySelector("script").textContent);
    const list = grid(place.dataset.caption, trials.columns(points), points);
    const wanted = { method: "", holdout: "" };
    const draw = () => {
      list.filter(
        "",
        ({ method, holdout }) =>
          !report.hidden.has(method) &&
          (wanted.method === "" || wanted.method === method) &&
          (wanted.holdout === "" || wanted.holdout === holdout),
      );
      report.fit(place);
    };
    const select = (key, label, nameOf) => {
      const values = [...new Set(points.map((point) => point[key]))];
      const options = values.map((value) => element("option", { value }, nameOf(value)));
      const onchange = ({ currentTarget }) => ((wanted[key] = currentTarget.value), draw());
      return element(
        "label",
        {},
        `${label} `,
        element("select", { onchange }, element("option", { value: "" }, "all"), options),
      );
    };
    const bar = element(
      "div",
      { class: "toolbar" },
      select("method", "Method", (method) => runs.titleOf({ method })),
      select("holdout", "Dataset", (holdout) => holdout),
      texts.button("Download CSV", () => trials.save(place.closest("figure"))),
    );
    place.append(bar, list.element);
    return { place, draw, stale: false };
  },

  /** All points, also those that the list leaves out. */
  save(figure) {
    const [[name, text]] = Object.entries(JSON.parse(figure.querySelector(":scope > .texts").textContent));
    texts.save(`${name}.csv`, new Blob([text], { type: "text/csv" }));
  },

  columns: (points) => [
    { title: "Method", of: (point) => runs.titleOf(point) },
    { title: "Dataset", of: ({ holdout }) => holdout },
    ...(points.some(({ rung }) => rung !== undefined)
      ? [{ title: "Rung", of: ({ rung }) => rung, numeric: true }]
      : []),
    { title: "Learning rate", of: ({ rate }) => rate, shown: ({ rate }) => runs.short(rate), numeric: true },
    { title: "Weight decay", of: ({ decay }) => decay, shown: ({ decay }) => runs.short(decay), numeric: true },
    {
      title: "Seeds",
      of: ({ seeds }) => seeds,
      shown: ({ seeds, planned }) => (seeds === planned ? String(seeds) : `${seeds} of ${planned}`),
      numeric: true,
    },
    {
      title: "Validation accuracy %",
      of: ({ accuracy }) => accuracy,
      shown: (point) => element("a", { class: "runs", href: `#runs=${point.runs}` }, point.accuracy.toFixed(2)),
      numeric: true,
    },
    { title: "Training loss", of: ({ loss }) => loss, shown: ({ loss }) => runs.short(loss), numeric: true },
    { title: "Diverged", of: ({ diverged }) => diverged, numeric: true },
    {
      title: "Chosen",
      of: ({ winner }) => (winner ? "chosen" : undefined),
      shown: ({ winner }) => (winner ? element("span", { class: "badge good" }, "✓ chosen") : ""),
    },
  ],
};

document.addEventListener("methods", trials.followSoon);
document.addEventListener("toggle", trials.drawSeen, true);
document.addEventListener("click", ({ target }) => trials.open(target.closest("[data-point]")));
trials.start();
window.trials = trials;
