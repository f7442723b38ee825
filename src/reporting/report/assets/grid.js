// A long list in pages: sorted by its headings, filtered by words.
"use strict";

const PAGE = 50;

/** @param columns of { title, of, shown, numeric }; @returns the element, and `filter` that takes words, and what keeps a row. */
function grid(caption, columns, rows, row = () => ({})) {
  const state = { words: [], keeps: () => true, column: -1, down: false, page: 0 };
  const texts = new Map();
  const textOf = (one) => {
    if (!texts.has(one))
      texts.set(
        one,
        columns
          .map(({ of }) => of(one) ?? "")
          .join(" ")
          .toLowerCase(),
      );
    return texts.get(one);
  };
  const body = element("tbody");
  const turn = (title, by) =>
    element(
      "button",
      {
        type: "button",
        onclick: ({ currentTarget }) => {
          if (currentTarget.ariaDisabled === "true") return;
          state.page += by;
          draw();
        },
      },
      title,
    );
  const [before, next] = [turn("Before", -1), turn("Next", 1)];
  const counted = element("span");
  const pager = element("span", {}, " ", before, " ", next);
  const place = element("p", { class: "pages" }, counted);
  const heads = columns.map(({ title, numeric }, i) =>
    element(
      "th",
      { scope: "col", class: numeric && "number" },
      title === "" ? "" : element("button", { type: "button", onclick: () => sort(i) }, title),
    ),
  );
  const chosen = () => {
    const held = rows.filter((one) => state.keeps(one) && state.words.every((word) => textOf(one).includes(word)));
    return state.column < 0 ? held : sortedBy(held, columns[state.column], state.down);
  };
  const draw = () => {
    const held = chosen();
    const last = Math.max(0, Math.ceil(held.length / PAGE) - 1);
    state.page = Math.min(state.page, last);
    const from = state.page * PAGE;
    body.replaceChildren(...held.slice(from, from + PAGE).map((one) => rowOf(columns, one, row(one))));
    counted.textContent =
      held.length === 0 ? "None" : `${from + 1} to ${Math.min(held.length, from + PAGE)} of ${held.length}`;
    if (last === 0) pager.remove();
    else if (pager.parentElement === null) place.append(pager);
    setDisabled(before, state.page === 0);
    setDisabled(next, state.page === last);
  };
  const sort = (column) => {
    const again = state.column === column;
    const first = columns[column].numeric === true;
    if (again && state.down !== first) state.column = -1;
    else [state.column, state.down] = [column, again ? !state.down : first];
    heads.forEach((head, i) => {
      if (i === state.column) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    draw();
  };
  draw();
  const table = element("table", { "aria-label": caption }, element("thead", {}, element("tr", {}, heads)), body);
  const scroll = element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, table);
  return {
    element: element("div", { class: "grid" }, scroll, place),
    chosen,
    filter(text, keeps = () => true) {
      state.keeps = keeps;
      state.words = text.toLowerCase().split(/\s+/).filter(Boolean);
      state.page = 0;
      draw();
    },
  };
}

/** A button that does nothing now; unlike a `disabled` one it keeps the focus. */
const setDisabled = (button, disabled) => button.setAttribute("aria-disabled", String(disabled));

function rowOf(columns, one, attributes) {
  return element(
    "tr",
    attributes,
    columns.map(({ title, of, shown, numeric }) =>
      element("td", { class: numeric && "number", "data-heading": title }, shown?.(one) ?? String(of(one) ?? "-")),
    ),
  );
}

/** What has no value comes last in both directions. */
function sortedBy(rows, { of }, down) {
  return [...rows].sort((a, b) => {
    const [x, y] = [of(a), of(b)];
    if (x === undefined || y === undefined) return (x === undefined ? 1 : 0) - (y === undefined ? 1 : 0);
    const order = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
    return down ? -order : order;
  });
}
