import axe from "axe-core";
import { parse } from "csv-parse/sync";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { renderToString } from "preact-render-to-string";
import { beforeAll, expect, test } from "vitest";
import { report } from "../../../src/reporting/report/report.js";
import { TuningViews } from "../../../src/reporting/report/sections/tuning-views.js";
import { plan, record, tuneCell } from "../../records/fixtures.js";
import { browserOrNone, newPage } from "../../support/browser.js";
import { scratchFolder } from "../../support/folder.js";
import { drill } from "../../support/require.js";
import { SHOWS } from "../../support/studies.js";
import { triedPoint, writeExperiment } from "../fixtures.js";

const HOLDOUTS = ["rotated-mnist/0", "rotated-mnist/15"] as const;
/** Of the points of SGD on 0 degrees: rates 0.1 and 0.01 by weight decays 0 and 1e-4. */
const ACCURACIES = [0.9, 0.7, 0.5, 0.5];

const folder = scratchFolder();
const file = join(folder, "report.html");
let browser: Browser | undefined;

beforeAll(async () => {
  const cells = HOLDOUTS.flatMap((holdout, h) =>
    ["sgd", "adam"].flatMap((method, m) =>
      ACCURACIES.map((_accuracy, i) => ({
        ...tuneCell(1 + 8 * h + 4 * m + i, method, holdout, i < 2 ? 0.1 : 0.01),
        weightDecay: i % 2 === 0 ? 0 : 1e-4,
      })),
    ),
  );
  const held = cells.map((cell, i) =>
    record(
      cell,
      { validationAccuracy: ACCURACIES[i % 4]! - (cell.method === "adam" ? 0.05 : 0), finalTrainLoss: 1 },
      {
        counts: { steps: 100, epochs: 1, testReads: 0, images: 1000 },
        selected: { learningRate: cell.learningRate!, weightDecay: cell.weightDecay, gridEdge: [] },
      },
    ),
  );
  writeExperiment(folder, held, plan(cells));
  writeFileSync(file, await report(folder, SHOWS));
  browser = await browserOrNone();
});

/** The report with its list of points open. */
async function open(width = 1280): Promise<Page | undefined> {
  if (browser === undefined) return undefined;
  const page = await newPage(browser, { viewport: { width, height: 900 } });
  await page.goto(`file://${file}`);
  await page.locator("#points-small-list > summary").click();
  return page;
}

const column = (page: Page, heading: string): Promise<string[]> =>
  page.locator(`#points-small-list tbody td[data-heading="${heading}"]`).allTextContents();

test("lists every point: sorted by its headings, filtered by method and dataset", async () => {
  const page = await open();
  if (page === undefined) return;
  const list = page.locator("#points-small-list");
  await expect.poll(() => list.locator(".pages").textContent()).toBe("1 to 16 of 16");
  await expect.poll(() => list.getByText("✓ chosen").count()).toBe(4);
  await list.locator("thead").getByRole("button", { name: "Validation accuracy" }).focus();
  await page.keyboard.press("Enter");
  const accuracies = async (): Promise<number[]> => (await column(page, "Validation accuracy %")).map(Number);
  await expect.poll(accuracies).toEqual([90, 90, 85, 85, 70, 70, 65, 65, 50, 50, 50, 50, 45, 45, 45, 45]);
  await list.getByLabel("Method").selectOption("Adam");
  await expect.poll(async () => new Set(await column(page, "Method"))).toEqual(new Set(["Adam"]));
  await list.getByLabel("Dataset").selectOption(HOLDOUTS[1]);
  await expect.poll(async () => new Set(await column(page, "Dataset"))).toEqual(new Set([HOLDOUTS[1]]));
  await expect.poll(() => column(page, "Validation accuracy %")).toEqual(["85.00", "65.00", "45.00", "45.00"]);
  await list.getByRole("link", { name: "85.00" }).click();
  await expect.poll(() => page.locator("#drawer-title").textContent()).toBe("1 run");
});

test("a point against its axes leads to its runs, and hands out the list's data", async () => {
  const page = await open();
  if (page === undefined) return;
  const figure = page.locator("#slices-small");
  // 16 points on both axes.
  await expect.poll(() => figure.locator(".drawing.whole [data-point]").count()).toBe(32);
  await figure
    .locator(".drawing.whole [data-point]", { hasText: "learning rate 0.1, weight decay 0: 90.0 %" })
    .first()
    .click();
  await expect.poll(() => page.locator("#drawer-title").textContent()).toBe("1 run");
  await expect.poll(() => page.locator("#drawer tbody tr").first().textContent()).toContain("90.00");
  await page.keyboard.press("Escape");
  await page.locator("#drawer").waitFor({ state: "hidden" });
  await figure.locator('[data-name="sgd"]:visible').click();
  await expect.poll(() => figure.locator(".drawing.whole [data-point]:visible").count()).toBe(16);
  await figure.locator("details.copies summary").click();
  await expect.poll(() => figure.getByRole("button", { name: "Download tuning-small.csv" }).count()).toBe(1);
});

test("lines and rows follow the page's choice of methods", async () => {
  const page = await open();
  if (page === undefined) return;
  const lines = page.locator("#points-small .drawing.whole polyline:visible");
  await expect.poll(() => lines.count()).toBe(16);
  await page.locator("details.filter summary").click();
  await page.locator('input[data-method="sgd"]').uncheck();
  await expect.poll(() => lines.count()).toBe(8);
  await expect.poll(async () => new Set(await column(page, "Method"))).toEqual(new Set(["Adam"]));
  await page.getByRole("button", { name: "All", exact: true }).click();
  await expect.poll(() => column(page, "Method")).toHaveLength(16);
  await page.locator('#points-small .drawing.whole [data-name="adam"]').focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => lines.count()).toBe(8);
});

test("a list that was folded away follows the choice of methods once it is opened", async () => {
  const page = await open();
  if (page === undefined) return;
  const fold = page.locator("#points-small-list > summary");
  await fold.click();
  await page.locator("details.filter summary").click();
  await page.locator('input[data-method="sgd"]').uncheck();
  await fold.click();
  await expect.poll(async () => new Set(await column(page, "Method"))).toEqual(new Set(["Adam"]));
});

test("says what share of the variance each axis explains, as computed by hand", async () => {
  const page = await open();
  if (page === undefined) return;
  await page.locator("#importance-small-part > summary").click();
  const row = page.locator("#importance-small tbody tr").first();
  // Mean 0.65, V = (0.0625 + 0.0025 + 0.0225 + 0.0225) / 4 = 0.0275; rates 0.8 and 0.5: 0.0225; decays 0.7 and 0.6: 0.0025.
  await expect.poll(() => row.locator("td").allTextContents()).toEqual([HOLDOUTS[0], "4", "81.8", "9.1", "9.1"]);
  await expect.poll(() => page.locator("#importance-small .notes").textContent()).toContain("Functional ANOVA");
  await expect.poll(() => page.locator("#importance-small .notes").textContent()).not.toContain("Not computed");
});

test("its CSV has a row per point", async () => {
  const page = await open();
  if (page === undefined) return;
  const saved = page.waitForEvent("download");
  await page.locator("#points-small-list").getByRole("button", { name: "Download CSV" }).click();
  const download = await saved;
  expect(download.suggestedFilename()).toBe("tuning-small.csv");
  const rows = parse<Record<string, string>>(readFileSync(await download.path(), "utf8"), { columns: true });
  expect(rows.map(({ val_acc }) => Number(val_acc)).slice(0, 4)).toEqual([90, 70, 50, 50]);
  expect(rows).toHaveLength(16);
});

drill.each([1280, 390])("has no serious fault of accessibility, and nothing is clipped: %d wide", async (width) => {
  const page = await open(width);
  if (page === undefined) return;
  await page.locator("#importance-small-part > summary").click();
  await expect
    .poll(() => page.locator(`#points-small .drawing.${width < 768 ? "narrow" : "whole"} svg`).isVisible())
    .toBe(true);
  const wide =
    "[...document.querySelectorAll('#tuning-cost .scroll')].filter((one) => one.scrollWidth > one.clientWidth + 1).length";
  await expect.poll(() => page.evaluate(wide)).toBe(0);
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate("axe.run()")) as axe.AxeResults;
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`)).toEqual(
    [],
  );
});

test("of very many points the best of every search are drawn and listed, and it says so; without a grid nothing is explained", () => {
  const points = ["sgd", "adam"].flatMap((method) =>
    Array.from({ length: 1500 }, (_none, i) =>
      triedPoint(method, HOLDOUTS[0], 0.1 + i / 1e6, 0.01 - i / 1e6, i / 1500, { winner: i === 0 }),
    ),
  );
  const html = renderToString(TuningViews({ plan: plan([]), points })!);
  // In a wide and a narrow form.
  expect(html.match(/<polyline /g)).toHaveLength(2 * 2000);
  expect(html.match(/<circle /g)).toHaveLength(2 * 2);
  expect(html.match(/<path data-point/g)).toHaveLength(2 * 2 * 2000);
  expect(html).toContain("The best 2000 of 3000 points");
  expect(html).toContain("Not computed");
});
