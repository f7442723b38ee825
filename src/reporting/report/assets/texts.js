// Copying and downloading of tables and figures.
"use strict";

const KINDS = {
  csv: { title: "CSV", ending: "csv", type: "text/csv" },
  latex: { title: "LaTeX", ending: "tex", type: "text/plain" },
  markdown: { title: "Markdown", ending: "md", type: "text/markdown" },
};
/** Pixels of a point of the printed size: 300 to the inch. */
const DOTS = 300 / 72;

const texts = {
  start() {
    document.querySelectorAll("figure.table, figure.plot").forEach((figure) => {
      if (texts.of(figure) === null || figure.querySelector(".copies") !== null) return;
      const what = figure.classList.contains("plot") ? "figure" : "table";
      const place = element("div", { class: "toolbar" });
      const copies = element(
        "details",
        { class: "copies" },
        element("summary", {}, `Copy or download this ${what}`),
        place,
      );
      copies.addEventListener("toggle", () => place.childElementCount === 0 && place.append(...texts[what](figure)));
      figure.append(copies);
    });
  },

  /** What a figure is handed out as: its own texts, or those of the figure that has its points. */
  of: (figure) => (document.getElementById(figure.dataset.points) ?? figure).querySelector(".texts"),

  table(figure) {
    const all = JSON.parse(texts.of(figure).textContent);
    return Object.entries(KINDS).flatMap(([kind, { title, ending, type }]) => [
      texts.button(`Copy ${title}`, (button) => copied(button, all[kind])),
      texts.button(`Download ${title}`, () => texts.save(`${figure.id}.${ending}`, new Blob([all[kind]], { type }))),
    ]);
  },

  figure(figure) {
    const all = JSON.parse(texts.of(figure).textContent);
    const svg = () => figure.querySelector(".switched svg") ?? figure.querySelector(".drawing svg");
    return [
      texts.button("Copy SVG", (button) => copied(button, texts.source(svg()))),
      texts.button("Download SVG", () => texts.save(`${figure.id}.svg`, texts.picture(svg()))),
      texts.button("Download PNG", () => texts.png(figure.id, svg())),
      ...Object.entries(all).map(([name, text]) =>
        texts.button(`Download ${name}.csv`, () => texts.save(`${name}.csv`, new Blob([text], { type: "text/csv" }))),
      ),
    ];
  },

  button: (title, act) =>
    element("button", { type: "button", onclick: ({ currentTarget }) => act(currentTarget) }, title),

  /** A drawing as a file of its own: as it was made, without what the page hides or presses. */
  source(svg) {
    const copy = svg.cloneNode(true);
    copy.setAttribute("role", "img");
    for (const part of copy.querySelectorAll("[data-method], [data-name]"))
      for (const name of ["class", "role", "tabindex", "aria-pressed"]) part.removeAttribute(name);
    // Drawn by the page: colours that it sets are plain in a file of its own.
    return new window.XMLSerializer()
      .serializeToString(copy)
      .replaceAll(/style="([^"]*)"/g, (style) => style.replaceAll(/var\(--[\w-]+, (#\w+)\)/g, "$1"));
  },
  picture: (svg) => new Blob([texts.source(svg)], { type: "image/svg+xml" }),

  async png(id, svg) {
    const { width, height } = svg.viewBox.baseVal;
    const image = new window.Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(texts.source(svg))}`;
    await image.decode();
    const canvas = element("canvas", { width: Math.round(width * DOTS), height: Math.round(height * DOTS) });
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => texts.save(`${id}.png`, blob));
  },

  save(name, blob) {
    const link = element("a", { href: window.URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => window.URL.revokeObjectURL(link.href), 1000);
  },
};

/** Puts a text on the clipboard, and says so on the button. */
async function copied(button, text) {
  const title = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "This browser does not let a page copy";
  }
  setTimeout(() => (button.textContent = title), 2000);
}

texts.start();
window.texts = texts;
