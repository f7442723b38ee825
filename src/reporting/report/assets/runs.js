// The runs behind the numbers: a list of all, and in a window those of a number, one run, or chosen curves.
"use strict";

const MOST_CURVES = 60;

const runs = {
  data: undefined,
  byId: new Map(),
  chosen: new Set(),

  start() {
    runs.data = JSON.parse(document.querySelector("#run-data script").textContent);
    runs.byId = new Map(runs.data.runs.map((run) => [run.id, run]));
    runs.fillList();
  },

  /** The window's contents, by what the address ends with. */
  follow() {
    const [, kind, value] = /^#(runs|run|curves)=(.+)$/.exec(window.location.hash) ?? [];
    const drawer = document.getElementById("drawer");
    if (kind === undefined) return drawer.open && drawer.close();
    const held = value.split(",").flatMap((id) => runs.byId.get(id) ?? []);
    const body = { runs: runs.several, curves: runs.several, run: ([one]) => runs.single(one) }[kind];
    document
      .getElementById("drawer-body")
      .replaceChildren(...(held.length === 0 ? ["No such run in this file."] : body(held)));
    if (!drawer.open) {
      runs.opener = placeOf(document.activeElement);
      drawer.showModal();
    }
    drawer.scrollTop = 0;
    // What had the focus may be gone with the contents.
    document.getElementById(held.length === 0 ? "drawer-close" : "drawer-title").focus();
    report.fit(drawer);
  },

  /** The place that the window was opened from, which has the focus again afterwards. */
  opener: undefined,

  close() {
    elementAt(runs.opener)?.focus();
    if (/^#(runs|run|curves)=/.test(window.location.hash)) window.history.pushState("", "", window.location.pathname);
  },

  fillList() {
    const place = document.getElementById("run-list");
    if (place === null) return;
    const list = grid("All runs", [runs.CHOICE, ...runs.columns()], runs.data.runs);
    const overlay = element("button", {
      type: "button",
      onclick: () => (window.location.hash = `#curves=${[...runs.chosen]}`),
    });
    const count = () => {
      overlay.textContent = `Overlay ${runs.chosen.size} curves`;
      overlay.disabled = runs.chosen.size === 0;
    };
    const search = element("input", {
      type: "search",
      id: "run-search",
      oninput: ({ currentTarget }) => list.filter(currentTarget.value),
    });
    list.element.addEventListener("change", ({ target }) => {
      if (target.checked) runs.chosen.add(target.value);
      else runs.chosen.delete(target.value);
      count();
    });
    count();
    const label = element("label", { for: "run-search" }, "Words in method, dataset, phase, state, …");
    place.replaceChildren(element("div", { class: "toolbar" }, label, search, overlay), list.element);
    report.fit(place);
  },

  CHOICE: {
    title: "",
    of: () => undefined,
    shown: (run) =>
      element("input", {
        type: "checkbox",
        value: run.id,
        checked: runs.chosen.has(run.id),
        disabled: run.curve === undefined,
        title: run.curve === undefined ? "This run has no curve here" : undefined,
        "aria-label": `Choose the curve of ${runs.nameOf(run)}`,
      }),
  },

  columns: () => [
    { title: "Run", of: ({ id }) => id, shown: ({ id }) => element("a", { href: `#run=${id}` }, id.slice(0, 8)) },
    { title: "Method", of: (run) => runs.titleOf(run) },
    { title: "Dataset", of: ({ dataset }) => dataset },
    { title: "Phase", of: ({ phase }) => phase },
    { title: "Trial", of: ({ trial }) => trial, numeric: true },
    { title: "Learning rate", of: ({ rate }) => rate, shown: ({ rate }) => runs.short(rate), numeric: true },
    { title: "State", of: ({ state }) => state },
    {
      title: "Accuracy %",
      of: ({ test, validation }) => test ?? validation,
      shown: (run) => runs.accuracy(run),
      numeric: true,
    },
    { title: "AUC", of: ({ auc }) => auc, shown: ({ auc }) => runs.fixed(auc, 3), numeric: true },
    { title: "Seconds", of: ({ seconds }) => seconds, shown: ({ seconds }) => runs.fixed(seconds, 2), numeric: true },
    ...(Object.keys(runs.data.commands).length > 1
      ? [{ title: "Experiment", of: ({ experiment }) => experiment }]
      : []),
  ],

  fixed: (value, digits) => (typeof value === "number" ? value.toFixed(digits) : value),
  /** Of a tuning run its validation accuracy. */
  accuracy: ({ test, validation }) => (test ?? validation)?.toFixed(2),
  wordsOf: (run) => [run.id, runs.titleOf(run), run.dataset, run.phase, run.state, run.experiment].join(" "),
  titleOf: ({ method }) => (method === undefined ? undefined : (runs.data.titles[method] ?? method)),
  short: (value) => (value === undefined ? undefined : String(Number(value.toPrecision(4)))),

  several(held) {
    const title = element(
      "h2",
      { id: "drawer-title", tabindex: -1 },
      held.length === 1 ? "1 run" : `${held.length} runs`,
    );
    const list = grid("The runs behind a number", runs.columns(), held);
    return [title, ...runs.curvesOf(held), list.element];
  },

  /** Their curves laid over each other, if they have any. */
  curvesOf(held) {
    const all = held.filter(({ curve }) => curve !== undefined);
    const shown = all.slice(0, MOST_CURVES);
    if (shown.length === 0) return [];
    const several = new Set(shown.map(({ method }) => method)).size > 1;
    const hues = Object.values(runs.data.looks);
    const series = shown.map((run, i) => ({
      ...runs.seriesOf(run, several),
      ...(several ? {} : hues[i % hues.length]),
    }));
    const note =
      all.length > shown.length
        ? [element("p", { class: "quiet" }, `The first ${MOST_CURVES} curves of ${all.length}.`)]
        : [];
    return [chart.of(series, `Training loss of ${shown.length} runs`), ...note];
  },

  seriesOf(run, byMethod) {
    const { id, method, curve, steps, epochs } = run;
    const { colour, dash } = runs.data.looks[method] ?? { colour: "var(--figure-ink)", dash: "" };
    const title = runs.titleOf(run) ?? id;
    const name = runs.nameOf(run);
    return {
      key: byMethod ? method : id,
      name: byMethod ? title : name,
      says: name,
      colour,
      dash,
      x: { step: curve.step, epoch: curve.step.map((step) => (step * epochs) / steps), time: curve.seconds },
      y: curve.loss,
    };
  },

  single(run) {
    const { id, file, experiment, why, needs = [], curve } = run;
    const folder = `${runs.data.results}/${experiment}/runs/${id}`;
    const facts = runs.factsOf(run).filter(([, value]) => value !== undefined);
    const list = element(
      "dl",
      { class: "record" },
      facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, String(value))]),
    );
    const again = runs.data.commands[experiment];
    const isRun = file.includes(`/runs/${id}/`) || file.includes(`\\runs\\${id}\\`);
    return [
      element(
        "h2",
        { id: "drawer-title", tabindex: -1 },
        `${runs.titleOf(run) ?? run.phase}${run.dataset === undefined ? "" : ` on ${run.dataset}`}`,
      ),
      ...(why === undefined ? [] : [element("p", {}, `${run.state}: ${why}`)]),
      ...(curve === undefined ? [] : runs.curvesOf([run])),
      list,
      ...(needs.length === 0
        ? []
        : [
            element(
              "p",
              {},
              "It needed ",
              needs.flatMap((one, i) => [i > 0 && ", ", runs.linkTo(one)]),
            ),
          ]),
      ...(isRun && again !== undefined ? runs.repeat(`rm -r "${folder}"\n${again}`) : []),
    ];
  },

  factsOf: (run) => [
    ["Run", run.id],
    ["Experiment", run.experiment],
    ["Phase", run.phase],
    ["Method", runs.titleOf(run)],
    ["Held-out dataset", run.dataset],
    ["State", run.state],
    ["Trial", run.trial],
    ["Seed", run.seed],
    ["Learning rate", run.rate],
    ["Weight decay", run.decay],
    ["Test accuracy", run.test === undefined ? undefined : `${run.test.toFixed(2)} %`],
    ["Validation accuracy", run.validation === undefined ? undefined : `${run.validation.toFixed(2)} %`],
    ["AUC", run.auc],
    ["Last training loss", run.loss],
    ["Steps", run.steps],
    ["Epochs", run.epochs],
    ["Time", run.seconds === undefined ? undefined : `${run.seconds} s`],
    ["Made by", run.origin],
    ["Record", `${runs.data.results}/${run.file}`],
    [
      "Curve",
      run.steps > 0 && run.curve === undefined
        ? `${runs.data.results}/${run.file.replace("record.json", "curve.csv")}`
        : undefined,
    ],
  ],

  linkTo(id) {
    const run = runs.byId.get(id);
    const name = run === undefined ? `run ${id.slice(0, 8)}` : `${run.phase} of ${runs.nameOf(run)}`;
    return element("a", { href: `#run=${id}` }, name);
  },

  /** "MetaMD on rotated-mnist/45, rate 0.1, seed 2": what is known of it. */
  nameOf(run) {
    const { id, dataset, trial, rate, seed } = run;
    const where = dataset === undefined ? "" : ` on ${dataset}`;
    const which = [
      ...(trial === undefined ? [] : [`trial ${trial}`]),
      ...(rate === undefined ? [] : [`rate ${runs.short(rate)}`]),
      ...(seed === undefined || seed === trial ? [] : [`seed ${seed}`]),
    ];
    return [`${runs.titleOf(run) ?? `run ${id.slice(0, 8)}`}${where}`, ...which].join(", ");
  },

  repeat: (command) => [
    element(
      "p",
      {},
      "To repeat it: take its folder away and run the experiment again (with the same --set, if there was one); all that is there serves.",
    ),
    element("pre", { tabindex: 0 }, command),
    element("button", { type: "button", onclick: ({ currentTarget }) => copied(currentTarget, command) }, "Copy"),
  ],
};

window.addEventListener("hashchange", runs.follow);
document.getElementById("drawer").addEventListener("close", runs.close);
document.getElementById("drawer-close").addEventListener("click", () => document.getElementById("drawer").close());
runs.start();
runs.follow();
window.runs = runs;
