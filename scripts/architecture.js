// The rooms of src as a table and as a picture, from the table of allowed imports (src/rooms.json).

const WIDTH = 900;
const MARGIN = 20;
const GAP = { x: 20, y: 36 };
const TEXT = { size: 12, line: 15, letter: 6.1 };
/** Widest box. */
const WIDEST = 420;

/** What a room imports, in words. @param names of all rooms, the lowest first. @param all those before it, in words. */
function importsInWords(name, { imports, awaits }, names, all) {
  if (awaits) return "all, by `await import` inside an action";
  if (name === names[0]) return "nothing";
  const before = names.slice(1, names.indexOf(name));
  if (before.length > 3 && before.every((other) => imports.includes(other))) return all;
  return imports.join(", ") || `${names[0]} alone`;
}

/** The table of rooms in Markdown. */
export function roomsTable(rooms) {
  const names = Object.keys(rooms);
  const rows = Object.entries(rooms).map(([name, room]) => [
    `\`${name}\``,
    room.what,
    importsInWords(name, room, names, "all above").replace(/^\S+ alone$/, "-"),
    (room.doors ?? []).map((door) => `\`${door}\``).join(", "),
  ]);
  const head = ["room", "what is in it", `may import (besides \`${names[0]}\`)`, "entered by"];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** What every room imports, with the lowest, which all import; a room that awaits imports all. */
function importsOf(rooms) {
  const names = Object.keys(rooms);
  return new Map(
    Object.entries(rooms).map(([name, { imports, awaits }]) => {
      const others = awaits ? names.filter((other) => other !== name) : imports;
      return [name, [...new Set([...(name === names[0] ? [] : names.slice(0, 1)), ...others])]];
    }),
  );
}

/** Rooms by height: as high as those that import them let them be. Imports of a room further down in the table point up
 *  and are left out. */
function layersOf(rooms, imports) {
  const names = Object.keys(rooms);
  const depth = new Map();
  for (const name of names.toReversed()) {
    const importers = names.filter((other) => names.indexOf(other) > names.indexOf(name));
    const above = importers.filter((other) => imports.get(other).includes(name)).map((other) => depth.get(other));
    depth.set(name, 1 + Math.max(-1, ...above));
  }
  return Array.from({ length: 1 + Math.max(...depth.values()) }, (_, layer) =>
    names.filter((name) => depth.get(name) === layer),
  );
}

/** Imports that do not follow from two others: these are drawn as arrows. */
function arrowsOf(imports, names) {
  const down = (name) => imports.get(name).filter((other) => names.indexOf(other) < names.indexOf(name));
  const reaches = (from, to) => down(from).some((next) => next === to || reaches(next, to));
  const arrows = [];
  for (const from of names)
    for (const to of imports.get(from)) {
      const up = names.indexOf(to) > names.indexOf(from);
      if (up || !down(from).some((next) => next !== to && reaches(next, to))) arrows.push({ from, to });
    }
  return arrows;
}

/** Words in lines of so many letters. */
function wrapped(text, letters) {
  const lines = [""];
  for (const word of text.replaceAll("`", "").split(" ")) {
    const next = lines.at(-1) === "" ? word : `${lines.at(-1)} ${word}`;
    if (next.length <= letters || lines.at(-1) === "") lines[lines.length - 1] = next;
    else lines.push(word);
  }
  return lines;
}

/** A box for every room: its place, and its lines. */
function placed(rooms, layers) {
  const names = Object.keys(rooms);
  const boxes = new Map();
  let y = MARGIN;
  for (const layer of layers) {
    const width = Math.min(WIDEST, (WIDTH - 2 * MARGIN - (layer.length - 1) * GAP.x) / layer.length);
    const letters = Math.floor((width - 20) / TEXT.letter);
    const left = (WIDTH - layer.length * width - (layer.length - 1) * GAP.x) / 2;
    const row = layer.map((name, i) => ({
      name,
      x: left + i * (width + GAP.x),
      y,
      width,
      what: wrapped(rooms[name].what, letters),
      imports: wrapped(`imports ${importsInWords(name, rooms[name], names, "all below")}`, letters),
    }));
    const height = 34 + TEXT.line * Math.max(...row.map(({ what, imports }) => what.length + imports.length));
    for (const box of row) boxes.set(box.name, { ...box, height });
    y += height + GAP.y;
  }
  return { boxes, height: y - GAP.y + MARGIN };
}

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function drawnBox({ name, x, y, width, height, what, imports }) {
  const line = (text, i, kind) =>
    `<text x="${x + 10}" y="${y + 38 + i * TEXT.line}" class="${kind}">${escaped(text)}</text>`;
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" class="room"/>`,
    `<text x="${x + 10}" y="${y + 20}" class="name">${name}</text>`,
    ...what.map((text, i) => line(text, i, "what")),
    ...imports.map((text, i) => line(text, what.length + i, "imports")),
  ].join("\n");
}

function drawnArrow(from, to) {
  const up = to.y < from.y;
  const [x1, y1] = [from.x + from.width / 2, up ? from.y : from.y + from.height];
  const aim = Math.min(Math.max(x1, to.x + 20), to.x + to.width - 20);
  const [x2, y2] = [to.y === from.y ? to.x : aim, up ? to.y + to.height + 8 : to.y - 8];
  const bend = (y2 - y1) / 2;
  return `<path d="M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}" class="${up ? "arrow up" : "arrow"}"/>`;
}

const STYLE = `
text { font-family: system-ui, "Segoe UI", Helvetica, Arial, sans-serif; font-size: ${TEXT.size}px; fill: #1f2328; }
.ground { fill: #ffffff; } .room { fill: #f3f6fa; stroke: #8795a8; }
.name { font-weight: 600; font-size: 14px; } .imports { fill: #57606a; font-style: italic; }
.arrow { fill: none; stroke: #57606a; stroke-width: 1.3; marker-end: url(#head); } .up { stroke-dasharray: 4 3; }
.head { fill: #57606a; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; } .ground { fill: #0d1117; } .room { fill: #1b2330; stroke: #6b7889; }
.imports { fill: #a5b0bd; } .arrow { stroke: #a5b0bd; } .head { fill: #a5b0bd; }
}`;

/** The picture: a box a room, the higher ones importing from the lower ones. */
export function roomsPicture(rooms) {
  const imports = importsOf(rooms);
  const { boxes, height } = placed(rooms, layersOf(rooms, imports));
  const arrows = arrowsOf(imports, Object.keys(rooms)).map(({ from, to }) =>
    drawnArrow(boxes.get(from), boxes.get(to)),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="The rooms of src and what they import">
<style>${STYLE}
</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z" class="head"/></marker></defs>
<rect width="${WIDTH}" height="${height}" class="ground"/>
${arrows.join("\n")}
${[...boxes.values()].map(drawnBox).join("\n")}
</svg>
`;
}
