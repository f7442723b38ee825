// Finds parts of the page, and runs, by their words.
"use strict";

const FOUND = 12;

const search = {
  start() {
    const list = element("ul", { id: "found" });
    const field = element("input", {
      type: "search",
      id: "search-words",
      placeholder: "A table, figure, claim or run",
      oninput: ({ currentTarget }) => list.replaceChildren(...search.found(currentTarget.value)),
    });
    list.addEventListener("click", () => list.replaceChildren());
    document.getElementById("search").replaceChildren(element("label", { for: "search-words" }, "Search"), field, list);
  },

  /** Headings, captions and claims, each with the place that it leads to. */
  parts() {
    const titled = [...document.querySelectorAll("main h2[id], main h3[id], figure[id] > figcaption, figure[id] > h3")];
    const rows = [...document.querySelectorAll("#claim-list tbody tr, #open-claim-list tbody tr")];
    return [
      ...titled.map((one) => ({ text: one.textContent, id: one.closest("figure[id]")?.id ?? one.id })),
      ...rows.map((row) => ({
        text: `Claim ${row.cells[0].textContent}: ${row.cells[1].textContent}`,
        id: row.closest("figure").id,
      })),
    ];
  },

  found(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length === 0) return [];
    const fits = (held) => words.every((word) => held.toLowerCase().includes(word));
    const parts = search
      .parts()
      .filter((part) => fits(part.text))
      .slice(0, FOUND);
    const count = runs.data.runs.filter((run) => fits(runs.wordsOf(run))).length;
    const show = () => {
      const field = document.getElementById("run-search");
      field.value = text;
      field.dispatchEvent(new window.Event("input"));
    };
    return [
      ...parts.map((part) =>
        element("li", {}, element("a", { href: `#${part.id}`, onclick: () => search.unfold(part.id) }, part.text)),
      ),
      element(
        "li",
        {},
        count === 0
          ? "No run"
          : element("a", { href: "#runs", onclick: show }, count === 1 ? "1 run" : `${count} runs`),
      ),
    ];
  },

  unfold(id) {
    for (let part = document.getElementById(id); part !== null; part = part.parentElement)
      if (part.tagName === "DETAILS") part.open = true;
  },
};

search.start();
window.search = search;
