// A study touches its folder and one line of the table: a toy one, which no other file knows, goes the whole way.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { analyse } from "../../src/cli/analyse.js";
import { loadConfig } from "../../src/config/load.js";
import type { ConfigFlags } from "../../src/config/read-config.js";
import { namedStream } from "../../src/core/rng.js";
import { analysisKind, type RecordOf } from "../../src/records/analysis.js";
import { openAnalysisStore } from "../../src/records/analysis-store.js";
import * as reporting from "../../src/reporting/index.js";
import { analysesOf } from "../../src/reporting/evidence.js";
import { isNotRun, type Drawing, type NotRun } from "../../src/reporting/figures/figure.js";
import type { Evidence, StudyShow } from "../../src/reporting/study-show.js";
import { numberCell, rowOf, type Table } from "../../src/reporting/table/table.js";
import { about } from "../../src/reporting/tables/origin.js";
import { showsOf, STUDIES } from "../../src/studies/index.js";
import { analysedConfig, analysisId, beginAnalysis } from "../../src/studies/shared/begin.js";
import { study } from "../../src/studies/shared/study.js";
import { BASE, configWriter } from "../config/fixtures.js";
import { commandLine } from "../support/command.js";
import { scratchFolder } from "../support/folder.js";

const folder = scratchFolder();
const results = join(folder, "results");
const config = configWriter(folder)(BASE);

const coinKind = analysisKind("coin", { throws: z.int(), heads: z.int() }, { series: ["share"] });
type Coin = RecordOf<typeof coinKind>;

/** Throws a coin, or takes what was thrown. */
function runCoin(flags: ConfigFlags, throws: number): Coin {
  const resolved = loadConfig(flags);
  const store = openAnalysisStore(join(results, resolved.experimentFolder));
  const settings = { throws };
  const id = analysisId(coinKind, { settings });
  if (store.has(id)) return store.read(coinKind, id);
  const { head } = beginAnalysis(coinKind, analysedConfig(resolved), { id, settings });
  const uniform = namedStream(1, "coin");
  let heads = 0;
  const share = Array.from({ length: throws }, (_, i) => {
    if (uniform() < 0.5) heads++;
    return { throw: i + 1, share: heads / (i + 1) };
  });
  const record: Coin = { ...head(), throws, heads };
  store.write(coinKind, record, { share });
  return record;
}

function coinTable(evidence: Evidence): Table {
  const records = analysesOf(evidence, coinKind).map(({ record }) => record);
  return {
    ...about(records[0]),
    id: "coin",
    caption: "A coin",
    rowName: "throws",
    columns: [{ id: "heads", title: "heads", kind: "measured", decimals: 0 }],
    rows: records.map(({ throws, heads }) => rowOf(`${throws} throws`, `${throws} throws`, [numberCell(heads)])),
  };
}

function drawCoin(evidence: Evidence): Drawing | NotRun {
  const [first] = analysesOf(evidence, coinKind);
  if (first === undefined) return { missing: "no coin", command: "metamd analyse coin" };
  const rows = first.store.series<typeof coinKind>(first.record, "share");
  return {
    title: "Share of heads",
    alt: "It comes close to a half.",
    caption: "One coin.",
    columns: { single: 1, double: 1 },
    panels: [
      {
        kind: "line",
        x: { title: "Throw", scale: "linear" },
        y: { title: "Share", scale: "linear" },
        points: rows.map((row) => ({ method: "adam", x: row.throw!, y: row.share! })),
        marked: [],
        ends: [],
      },
    ],
    legend: [{ method: "adam", name: "coin" }],
    data: [{ name: "coin_data", columns: ["throw", "share"], rows }],
  };
}

const show: StudyShow = {
  kinds: [coinKind],
  tables: {
    coin: { files: { coin: [] }, command: () => "metamd analyse coin", panels: (evidence) => [coinTable(evidence)] },
  },
  figures: { coin: { title: "Share of heads", shows: "A coin.", needs: "a coin", width: "single", draw: drawCoin } },
};

const coin = study<{ readonly throws: number }, Coin>({
  command: {
    name: "coin",
    description: "throws a coin",
    options: [{ flags: "--throws <n>", description: "how often", takes: "positive integer", default: 20 }],
    help: "\nExample: metamd analyse coin",
  },
  run: async (request) => runCoin(request, request.throws),
  show: async () => ({
    show,
    printed: (record, { json }) => ({ result: json ? record : `${record.heads} of ${record.throws}`, notices: [] }),
  }),
});

const studies = { ...STUDIES, coin };

describe("a study that nobody knows", () => {
  const { run, written } = commandLine(() => analyse(studies), results);

  test("has a command with its options and its help", async () => {
    await run("analyse", "coin", "--config", config, "--throws", "40");
    expect(written.out).toMatch(/^\d+ of 40\n$/);
    const help = analyse(studies).commands.find((command) => command.name() === "coin")!;
    expect(help.helpInformation()).toContain("--throws <n>");
  });

  test("is done once: the same command takes what is finished", async () => {
    await run("analyse", "coin", "--config", config, "--throws", "40", "--json");
    const first = written.out;
    written.out = "";
    await run("analyse", "coin", "--config", config, "--throws", "40", "--json");
    expect(written.out).toBe(first);
    expect((JSON.parse(first) as Coin).throws).toBe(40);
  });

  test("has its table, its figure and its place in the report", async () => {
    const shows = await showsOf(studies);
    const evidence = reporting.readEvidence(results, shows);
    expect(reporting.isTable("coin", shows)).toBe(true);
    const { table } = reporting.findTable("coin", shows);
    const { panels } = reporting.makeTable(evidence, table);
    expect(reporting.FORMATS.csv(panels)).toMatch(/40 throws/);
    expect(reporting.FORMATS.text(panels)).toContain("A coin");
    expect(await reporting.chosenFigures("coin", shows)).toEqual(["coin"]);
    const options = { by: "step", format: "svg", width: "single", out: join(folder, "figures") } as const;
    const [drawn] = await reporting.writeFigures(evidence, ["coin"], options);
    expect(isNotRun(drawn!.made)).toBe(false);
    expect(readFileSync(join(folder, "figures", "coin_data.csv"), "utf8").split("\n")).toHaveLength(42);
    const page = await reporting.report(results, shows);
    for (const text of ["A coin", "40 throws", "Share of heads"]) expect(page).toContain(text);
  });

  test("is unknown where it is not handed in", async () => {
    const shows = await showsOf();
    expect(reporting.isTable("coin", shows)).toBe(false);
    expect(() => reporting.findTable("coin", shows)).toThrow("coin");
  });
});
