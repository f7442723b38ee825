// Sorting, filtering and the theme of a report. Without it everything is there, in the paper's order.
"use strict";

const report = {
  /** Methods that are hidden. */
  hidden: new Set(),

  start() {
    document.querySelectorAll("table.sortable").forEach(report.makeSortable);
    document.querySelectorAll("input[data-method]").forEach((box) => {
      box.checked = !report.hidden.has(box.dataset.method);
      box.addEventListener("change", () => report.show(box.dataset.method, box.checked));
    });
    document.querySelectorAll("button[data-show]").forEach((button) =>
      button.addEventListener("click", () =>
        document.querySelectorAll("input[data-method]").forEach((box) => {
          box.checked = button.dataset.show === "all";
          report.show(box.dataset.method, box.checked);
        }),
      ),
    );
    report.hidden.forEach((method) => report.show(method, false));
    report.makeLegends(document);
    report.fit();
    document.querySelectorAll("details").forEach((part) => part.addEventListener("toggle", () => report.fit(part)));
  },

  /** How a table is set, from loose to tight: a line per cell, the same smaller, more lines, those smaller, a card per row. */
  SHAPES: [["line"], ["line", "tight"], [], ["tight"], ["cards"]],

  /** Sets every table as loosely as its place allows. */
  fit(part = document) {
    let places = [...part.querySelectorAll(".scroll:has(> table)")].filter((place) => place.clientWidth > 0);
    for (const shape of report.SHAPES) {
      for (const place of places)
        for (const name of ["line", "tight", "cards"])
          place.querySelector("table").classList.toggle(name, shape.includes(name));
      places = places.filter((place) => place.scrollWidth > place.clientWidth + 1);
    }
  },

  show(method, shown) {
    if (shown) report.hidden.delete(method);
    else report.hidden.add(method);
    const name = window.CSS.escape(method);
    document.querySelectorAll(`tr[data-method="${name}"]`).forEach((row) => (row.hidden = !shown));
    document
      .querySelectorAll(`.drawing [data-method="${name}"], .drawing [data-name="${name}"]`)
      .forEach((part) => part.classList.toggle("gone", !shown));
    const all = document.querySelectorAll("input[data-method]").length;
    const place = document.getElementById("methods-shown");
    if (place !== null)
      place.textContent = report.hidden.size === 0 ? `all ${all}` : `${all - report.hidden.size} of ${all}`;
    document.dispatchEvent(new window.Event("methods"));
  },

  /** A drawing that was made anew: without the methods that are hidden everywhere, or were here. @param off the latter. */
  dress(place, off) {
    report.makeLegends(place);
    for (const part of place.querySelectorAll("[data-method], [data-name]"))
      part.classList.toggle("gone", report.hidden.has(part.dataset.method ?? part.dataset.name));
    for (const name of place.querySelectorAll("[data-name]"))
      if (off.includes(name.dataset.name)) name.dispatchEvent(new window.Event("click"));
  },

  /** Names in a legend hide and show what is drawn of a method. */
  makeLegends(place) {
    for (const name of place.querySelectorAll(".drawing [data-name], :scope > svg [data-name]")) {
      const drawing = name.closest("svg");
      drawing.setAttribute("role", "group");
      for (let part = name; part !== drawing; part = part.parentElement) part.removeAttribute("aria-hidden");
      name.setAttribute("role", "button");
      name.setAttribute("tabindex", "0");
      name.setAttribute("aria-pressed", "true");
      const turn = () => {
        const hide = name.getAttribute("aria-pressed") === "true";
        name.setAttribute("aria-pressed", String(!hide));
        const method = window.CSS.escape(name.dataset.name);
        drawing.querySelectorAll(`[data-method="${method}"]`).forEach((part) => part.classList.toggle("off", hide));
      };
      name.addEventListener("click", turn);
      name.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        turn();
      });
    }
  },

  makeSortable(table) {
    const body = table.tBodies[0];
    if (body.rows.length < 2) return;
    const order = [...body.rows];
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const next = { none: "first", first: "second", second: "none" }[heading.dataset.order ?? "none"];
        for (const other of table.tHead.rows[0].cells) {
          delete other.dataset.order;
          other.removeAttribute("aria-sort");
        }
        heading.dataset.order = next;
        const down = (next === "first") === heading.classList.contains("number");
        if (next !== "none") heading.setAttribute("aria-sort", down ? "descending" : "ascending");
        body.append(...(next === "none" ? order : report.sorted(order, column, down)));
      });
    });
  },

  /** What has no value comes last in both directions. */
  sorted(rows, column, down) {
    const keyOf = (row) => row.cells[column]?.dataset.value ?? row.cells[column]?.textContent.trim() ?? "";
    const numeric = rows.every((row) => keyOf(row) === "" || !Number.isNaN(Number(keyOf(row))));
    return [...rows].sort((a, b) => {
      const [x, y] = [keyOf(a), keyOf(b)];
      if (x === "" || y === "") return (x === "" ? 1 : 0) - (y === "" ? 1 : 0);
      const order = numeric ? Math.sign(Number(x) - Number(y)) || 0 : x.localeCompare(y);
      return down ? -order : order;
    });
  },

  chooseTheme() {
    const button = document.getElementById("theme");
    const root = document.documentElement;
    const names = { auto: "system", light: "light", dark: "dark" };
    const set = (theme) => {
      root.dataset.theme = theme;
      button.textContent = `Theme: ${names[theme]}`;
    };
    button.hidden = false;
    set(report.remembered() ?? "auto");
    button.addEventListener("click", () => {
      set({ auto: "light", light: "dark", dark: "auto" }[root.dataset.theme]);
      report.remember(root.dataset.theme);
    });
  },

  // A file may have no storage: then the choice lasts as long as the page.
  remembered() {
    try {
      const theme = localStorage.getItem("metamd-theme");
      return ["auto", "light", "dark"].includes(theme) ? theme : undefined;
    } catch {
      return undefined;
    }
  },
  remember(theme) {
    try {
      localStorage.setItem("metamd-theme", theme);
    } catch {
      return;
    }
  },
};

report.start();
report.chooseTheme();
window.addEventListener("resize", () => window.requestAnimationFrame(() => report.fit()));
window.report = report;
