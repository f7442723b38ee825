import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../src/core/files.js";
import { STUDIES } from "../src/studies/index.js";

/** What a study's `show.ts` may import, by whatever files of the studies. */
const SHOWN = ["core", "records", "reporting", "studies"];

const src = join(packageRoot(), "src");

/** Which rooms a room may import, besides core and itself. */
interface Room {
  readonly imports: readonly string[];
  /** Its files by which others enter it, and by these alone: its face first; absent: all. */
  readonly doors?: readonly string[];
  /** It imports all others, by `await import` and types. */
  readonly awaits?: true;
}
const ROOMS = JSON.parse(readFileSync(join(src, "rooms.json"), "utf8")) as Readonly<Record<string, Room>>;
const FACED = Object.keys(ROOMS).filter((room) => ROOMS[room]!.doors !== undefined);
const doorsOf = (room: string): string[] => (ROOMS[room]!.doors ?? []).map((door) => `${room}/${door}`);

/** Packages that take long to load: none of them comes with a face. */
const SLOW = ["vega", "vega-lite", "sharp", "@resvg/resvg-js", "opentype.js", "preact", "preact-render-to-string"];

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => ({ file, room: file.split("/")[0]!, text: readFileSync(join(src, file), "utf8") }));

const known = new Set(files.map(({ file }) => file));

/** Static and dynamic imports of a file, with how they are written. */
function importsOf(text: string): { specifier: string; dynamic: boolean; typeOnly: boolean }[] {
  const statics = [...text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+"([^"]+)"|^import\s+"([^"]+)"/gm)];
  const dynamics = [...text.matchAll(/\bimport\(\s*"([^"]+)"\s*\)/g)];
  return [
    ...statics.map((found) => ({
      specifier: (found[2] ?? found[3])!,
      dynamic: false,
      typeOnly: found[1] !== undefined,
    })),
    ...dynamics.map((found) => ({ specifier: found[1]!, dynamic: true, typeOnly: false })),
  ];
}

/** The room an import leads to, or undefined for a package. */
function roomOf(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  return relative(src, resolve(src, dirname(file), specifier)).split("/")[0]!;
}

/** The source file an import leads to, or undefined for a package. */
function fileOf(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const path = relative(src, resolve(src, dirname(file), specifier));
  return [path.replace(/\.js$/, ".ts"), path.replace(/\.js$/, ".tsx")].find((one) => known.has(one));
}

/** Files and packages that come with these files. */
function loadedBy(open: readonly string[]): Set<string> {
  const loaded = new Set(open);
  for (const path of loaded) {
    const found = files.find(({ file }) => file === path);
    for (const { specifier, dynamic, typeOnly } of found === undefined ? [] : importsOf(found.text))
      if (!dynamic && !typeOnly) loaded.add(fileOf(path, specifier) ?? specifier);
  }
  return loaded;
}

/** The files of one circle of imports, each importing the one behind it; undefined where there is none. */
function circleAmong(imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const cleared = new Set<string>();
  const search = (file: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(file)) return way.slice(way.indexOf(file));
    if (cleared.has(file)) return undefined;
    for (const next of imports.get(file) ?? []) {
      const circle = search(next, [...way, file]);
      if (circle !== undefined) return circle;
    }
    cleared.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const circle = search(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

describe("imports go one way", () => {
  test("every room is in the table", () => {
    expect([...new Set(files.map(({ room }) => room))].sort()).toEqual(Object.keys(ROOMS).sort());
  });

  test.each(files)("$file", ({ file, room, text }) => {
    const allowed = new Set(["core", room, ...ROOMS[room]!.imports]);
    for (const { specifier, dynamic, typeOnly } of importsOf(text)) {
      const target = roomOf(file, specifier);
      if (target === undefined || (ROOMS[room]!.awaits && (dynamic || typeOnly))) continue;
      expect(allowed, `${file} imports ${specifier}`).toContain(target);
    }
  });

  test.each(FACED)("%s is entered by its doors", (faced) => {
    const entered = files
      // Studies enter reporting beside its face until reporting takes what they show from them.
      .filter(({ room }) => room !== faced && !(room === "studies" && faced === "reporting"))
      .flatMap(({ file, text }) =>
        importsOf(text)
          .flatMap(({ specifier }) => fileOf(file, specifier) ?? [])
          .filter((path) => path.startsWith(`${faced}/`))
          .map((path) => ({ file, path })),
      );
    expect(entered.filter(({ path }) => !doorsOf(faced).includes(path))).toEqual([]);
    expect([...new Set(entered.map(({ path }) => path))].sort()).toEqual(doorsOf(faced).sort());
  });

  test.each(FACED)("the doors of %s load nothing slow", (faced) => {
    const loaded = loadedBy(doorsOf(faced));
    expect(loaded.size).toBeGreaterThan(10);
    expect(SLOW.filter((name) => loaded.has(name))).toEqual([]);
  });

  test("a command loads what it needs when it is called: the program begins with commander alone", () => {
    const packages = [...loadedBy(["cli/main.ts"])].filter((path) => !known.has(path) && !path.startsWith("node:"));
    expect(packages).toEqual(["commander"]);
  });

  test("what lies on disk is told without loading sets, photos or formats", () => {
    const loaded = [...loadedBy(["data/on-disk.ts"])];
    expect(loaded).toContain("data/manifest.ts");
    expect(loaded.filter((path) => /^data\/(sets|photos|formats|synthetic|import|fetch)\//.test(path))).toEqual([]);
  });

  test.each([
    ["engine", ["backends/reference", "backends/wasm", "backends/tensorflow", "backends/tensorflow/install"]],
    ["data", ["images", "batches", "formats", "store", "photos", "synthetic", "sets", "import", "fetch"]],
    ["runs", ["plan", "cell", "search", "local", "slurm", "take-home"]],
    [
      "reporting",
      ["table", "statistics", "measured", "paper", "tables", "compare", "figures", "tensorboard", "report"],
    ],
  ])("the folders of %s import each other in this order: %s", (room, order) => {
    const places = order.map((name) => `${room}/${name}/`);
    const placeOf = (path: string): number => places.findLastIndex((place) => path.startsWith(place));
    const back = files.flatMap(({ file, text }) =>
      importsOf(text)
        .flatMap(({ specifier }) => fileOf(file, specifier) ?? [])
        .filter((path) => placeOf(file) !== -1 && placeOf(path) > placeOf(file))
        .map((path) => `${file} imports ${path}`),
    );
    const inFolders = files.filter(({ file }) => file.startsWith(`${room}/`) && dirname(file) !== room);
    expect(inFolders.filter(({ file }) => placeOf(file) === -1)).toEqual([]);
    expect([...new Set(inFolders.map(({ file }) => places[placeOf(file)]))].sort()).toEqual([...places].sort());
    expect(back).toEqual([]);
  });

  test("a study is a folder, and a line of the table", () => {
    const folders = files.flatMap(({ file }) => /^studies\/(.+)\/index\.ts$/.exec(file)?.[1] ?? []);
    expect(Object.keys(STUDIES).sort()).toEqual(folders.sort());
    for (const folder of folders)
      for (const name of ["record", "run", "show"]) expect(known).toContain(`studies/${folder}/${name}.ts`);
  });

  test("what a study shows needs records and reporting alone", () => {
    const open = Object.keys(STUDIES).map((name) => `studies/${name}/show.ts`);
    const seen = new Set<string>();
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      for (const { specifier } of importsOf(files.find((one) => one.file === file)!.text)) {
        const path = fileOf(file, specifier);
        if (path === undefined) continue;
        expect(SHOWN, `${file} imports ${specifier}`).toContain(path.split("/")[0]);
        if (path.startsWith("studies/")) open.push(path);
      }
    }
    expect(seen).toContain("studies/hypergradient/figure.ts");
  });

  test("no files import each other in a circle, not even types or by await import", () => {
    const imports = new Map(
      files.map(({ file, text }) => [file, importsOf(text).flatMap(({ specifier }) => fileOf(file, specifier) ?? [])]),
    );
    expect(circleAmong(imports)).toBeUndefined();
    imports.set("core/hash.ts", ["data/sets/index.ts"]);
    expect(circleAmong(imports)).toEqual(expect.arrayContaining(["core/hash.ts", "data/sets/index.ts"]));
  });

  test("only the engine imports tfjs", () => {
    const others = files.filter(({ room, text }) => room !== "engine" && text.includes("@tensorflow/"));
    expect(others.map(({ file }) => file)).toEqual([]);
  });

  test("tfjs is loaded by opening an engine, never by importing a file", () => {
    for (const { file, text } of files) {
      const early = importsOf(text).filter(
        ({ specifier, dynamic, typeOnly }) => specifier.startsWith("@tensorflow/") && !dynamic && !typeOnly,
      );
      expect(early, file).toEqual([]);
    }
  });

  test("chance and clock are read in core only", () => {
    const pattern = /\bMath\.random\b|\bDate\.now\b|\bnew Date\b|\bperformance\.now\b/;
    expect(files.filter(({ room, text }) => room !== "core" && pattern.test(text)).map(({ file }) => file)).toEqual([]);
  });
});
