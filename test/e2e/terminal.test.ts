import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.js";
import { wrapped } from "../../src/core/columns.js";
import { EXIT } from "../../src/core/errors.js";
import { isThere } from "../../src/core/files.js";
import { readExperiment } from "../../src/reporting/experiment.js";
import { FORMATS } from "../../src/reporting/table/formats.js";
import { resultTables } from "../../src/reporting/tables/result-table.js";
import { metamd } from "../support/binary.js";
import { archiveEntry, classArchive, writeOwnManifest } from "../support/class-folders.js";
import { fileServer, type Answer } from "../support/file-server.js";
import { scratchFolder } from "../support/folder.js";
import { mainIn } from "../support/main.js";
import { drill, everything } from "../support/require.js";
import { onTerminal, screen, startInTerminal } from "../support/terminal.js";

const folder = scratchFolder();
writeFileSync(
  join(folder, "small.yaml"),
  `name: small
suite:
  domains: [synthetic-rotated/0, synthetic-rotated/45]
  protocol: leave-one-out
  limits: { trainImages: 200, validationImages: 40, testImages: 100 }
model: { kind: mlp, hidden: [16] }
training: { batchSize: 20, steps: 60, evalEvery: 20, aucWindowSteps: 20 }
methods: [sgd, adam]
trials: 2
tuning:
  seeds: 1
  space: { learningRate: [0.1, 0.01], weightDecay: [1.0e-4] }
presets: { long: { training: { steps: 3000 } } }
`,
);
/** Results as a terminal of some columns shows them: what is too long is cut by it. */
const cut = (text: string, columns: number): string[] =>
  text
    .split("\n")
    .flatMap((line) => line.match(new RegExp(`.{1,${columns}}`, "g"))?.map((one) => one.trimEnd()) ?? [""]);
/** Messages, which break between words; a path that is too long is cut by the terminal. */
const broken = (text: string, columns: number): string[] =>
  text
    .split("\n")
    .flatMap((line) => wrapped(line, columns, `${/^ */.exec(line)![0]}  `, "whole"))
    .flatMap((line) => cut(line, columns));

const run = (results: string, ...more: string[]): string[] => [
  ...["run", "--config", "small.yaml", "--engine", "wasm", "--jobs", "1", "--results", results, ...more],
];
/** What the same run says without a terminal. */
const piped = metamd(folder, ...run("piped"));
const isProgress = (line: string): boolean => /\d% \|/.test(line);

describe("run", () => {
  test.each(everything ? [40, 80, 120] : [40])(
    "leaves at %i columns what it leaves in a file, and progress is one line",
    async (columns) => {
      const at = startInTerminal(folder, run(`in${columns}`), columns);
      let seen = 0;
      while (!at.over) {
        const lines = await at.lines();
        const progress = lines.filter(isProgress);
        expect(progress.length).toBeLessThanOrEqual(1);
        if (progress.length === 1) {
          expect(lines.at(-1)).toBe(progress[0]);
          expect(progress[0]).toMatch(/^[█░ ]*\d+% \| /);
          expect(progress[0]!.length).toBeLessThan(columns);
          seen++;
        }
        await setTimeout(20);
      }
      expect(await at.ended).toBe(0);
      expect(seen).toBeGreaterThan(0);
      const { stdout, stderr } = await piped;
      const [engine, ...end] = stderr.trimEnd().split("\n");
      const tables = resultTables(readExperiment(join(folder, `in${columns}`), "small"), {}).tables;
      const laid = FORMATS.text(tables, columns).trimEnd().split("\n");
      for (const line of laid) expect(line.length).toBeLessThanOrEqual(columns);
      const files = stdout.slice(stdout.indexOf("written:")).trimEnd();
      const own = (text: string): string => text.replaceAll(/\bpiped\b/g, `in${columns}`);
      expect((await at.lines()).map((line) => line.trimEnd())).toEqual([
        "$ metamd",
        ...broken(engine!, columns),
        ...laid,
        "",
        ...cut(own(files), columns),
        ...broken(own(end.join("\n")), columns),
        "$",
      ]);
    },
  );

  drill("follows a terminal that gets narrower and wider", async () => {
    const at = startInTerminal(folder, run("resized", "--preset", "long"), 120);
    const progressOf = (fits: (line: string) => boolean): Promise<void> =>
      at.shows((lines) => {
        const progress = lines.filter(isProgress);
        expect(progress.length).toBeLessThanOrEqual(1);
        return progress.length === 1 && fits(progress[0]!);
      });
    await progressOf((line) => line.includes("█") || line.includes("░"));
    await at.resize(40);
    await progressOf((line) => line.length < 40);
    await at.resize(100);
    await progressOf((line) => line.length > 40);
    at.type("\u0003");
    expect(await at.ended).toBe(EXIT.interrupted);
    expect((await at.lines()).filter(isProgress)).toEqual([]);
  });

  test.each(everything ? [1, 2] : [1])("leaves no progress behind after Ctrl-C, %i times", async (times) => {
    const at = startInTerminal(folder, run(`stopped${times}`, "--preset", "long"), 80);
    await at.shows((lines) => lines.some(isProgress));
    for (let i = 0; i < times; i++) at.type("\u0003");
    expect(await at.ended).toBe(EXIT.interrupted);
    const lines = await at.lines();
    expect(lines.filter(isProgress)).toEqual([]);
    expect(lines.at(-1)).toBe("$");
  });
});

drill("tune: every point's line stays above the progress, and the tables below them", async () => {
  const args = ["tune", "--config", "small.yaml", "--engine", "wasm", "--results", "tuned"];
  const at = startInTerminal(folder, args, 120);
  expect(await at.ended).toBe(0);
  const lines = await at.lines();
  expect(lines.filter(isProgress)).toEqual([]);
  const points = lines.flatMap((line, i) => (/^synthetic-rotated\/\d+ \w+ \d: /.test(line) ? [i] : []));
  expect(points).toHaveLength(8);
  expect(points.at(-1)!).toBeLessThan(lines.findIndex((line) => line.startsWith("holdout")));
  // Of two rates either is on the edge.
  expect(lines.join(" ")).toContain("hint: a better value may be outside the grid: add values to tuning.space");
});

test("plan shows what it times, and leaves nothing of that", async () => {
  const args = ["plan", "--config", "small.yaml", "--engine", "wasm", "--jobs", "1", "--results", "planned"];
  const at = startInTerminal(folder, args, 120);
  expect(await at.ended).toBe(0);
  // Drawn as it begins, and as it ends.
  expect(at.said()).toMatch(/ 0% \| .*timing what runs cost/);
  expect(at.said()).toMatch(/50% \| (sgd|adam)'s steps \| timing what runs cost/);
  const lines = await at.lines();
  expect(lines.filter(isProgress)).toEqual([]);
  expect(lines.at(-2)).toMatch(/^small: about .* in planned\/small$/);
});

describe("init", () => {
  test("asks for what no flag says, again after a wrong answer, and takes what it suggests", async () => {
    const at = startInTerminal(folder, ["init", "--model", "mlp"], 120);
    const says = (question: string, times = 1): Promise<void> =>
      at.shows((lines) => lines.filter((line) => line.startsWith(question)).length >= times);
    await says("Domains");
    at.type("synthetic-rotated/0,synthetic-rotatd/75\r");
    await says("Domains", 2);
    expect((await at.lines()).join("")).toContain("did you mean synthetic-rotated/75?");
    at.type("\r");
    await says("Methods");
    at.type("sgd,adam\r");
    await says("File");
    at.type("asked.yaml\r");
    expect(await at.ended).toBe(0);
    expect((await at.lines()).at(-2)).toBe("asked.yaml: written; next: metamd plan --config asked.yaml");
    const { methods, suite } = loadConfig({ config: join(folder, "asked.yaml") });
    expect([methods, suite.domains]).toEqual([
      ["sgd", "adam"],
      ["synthetic-rotated/0", "synthetic-rotated/75"],
    ]);
  });

  test.each(["\u0003", "\u0004"])("writes nothing after %j", async (key) => {
    const at = startInTerminal(folder, ["init", "--output", "left.yaml"], 120);
    await at.shows((lines) => lines.some((line) => line.startsWith("Domains")));
    at.type(key);
    expect(await at.ended).toBe(EXIT.interrupted);
    expect(isThere(join(folder, "left.yaml"))).toBe(false);
  });
});

test("data fetch: the bytes that have come are one line, which goes at the end", async () => {
  const archive = classArchive(["cat", "dog"], 10, 20_000);
  const gate: { open?: () => void } = {};
  const server = await fileServer();
  const inHalves: Answer = (_request, response) => {
    response.writeHead(200, { "content-length": archive.length });
    response.write(archive.subarray(0, archive.length >> 1));
    gate.open = () => response.end(archive.subarray(archive.length >> 1));
  };
  const url = server.script("/animals", inHalves);
  writeOwnManifest(join(folder, "datasets"), "animals", 2, archiveEntry("animals.tar.gz", [url], archive));
  const at = startInTerminal(folder, ["data", "fetch", "animals"], 80);
  await at.shows((lines) => lines.at(-1)?.startsWith("█") === true);
  const [half, whole] = [archive.length >> 1, archive.length].map((bytes) => (bytes / 1e6).toFixed(1));
  expect((await at.lines()).at(-1)).toContain(`| ${half} MB of ${whole} MB, animals/animals.tar.gz`);
  gate.open!();
  expect(await at.ended).toBe(0);
  const lines = await at.lines();
  expect(lines.filter(isProgress)).toEqual([]);
  expect(lines.slice(-2)).toEqual(["animals: ready, 16 train, 4 test", "$"]);
});

describe.each([40, 80, 120])("tables at %i columns", (columns) => {
  test.each([
    "methods",
    "data list",
    "status --results piped",
    "table accuracy --results piped",
    "table accuracy --statistics --results piped",
    "claims E2 --results piped",
    "claims --cells --results piped",
    "inspect piped/small",
    "--help",
    "run --help",
    "table --help",
    "data import --help",
  ])("%s", async (line) => {
    await piped;
    const shown = screen(columns);
    const { code, stdout, stderr } = await onTerminal(columns, () => mainIn(folder, ...line.split(" ")));
    shown.write((stderr + stdout).replaceAll("\n", "\r\n"));
    expect(code).toBe(0);
    expect((await shown.lines()).length).toBeGreaterThan(1);
    expect(shown.wraps()).toBe(0);
  });
});

drill("report --serve says where, and nothing is left of it", async () => {
  await piped;
  const at = startInTerminal(folder, ["report", "--serve", "--port", "0", "--results", "piped"], 80);
  await at.shows((lines) => lines.some((line) => line.includes("Ctrl-C")));
  at.type("\u0003");
  await at.ended;
  const lines = await at.lines();
  expect(lines.filter(isProgress)).toEqual([]);
  expect(lines[1]).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/?$/);
  expect(lines.at(-1)).toBe("$");
});
