import axe from "axe-core";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { packageRoot } from "../../../src/core/files.js";
import { report } from "../../../src/reporting/report/report.js";
import { browserOrNone, newPage } from "../../support/browser.js";
import { scratchFolder } from "../../support/folder.js";
import { PLAN, records, writeExperiment } from "../fixtures.js";
import { SHOWS } from "../../support/studies.js";
import { drill, everything } from "../../support/require.js";
import { until } from "../../support/until.js";

const HOSTILE = `<script>window.ran = true</script><img src=x onerror="window.ran = true">`;

const folder = scratchFolder();
const results = join(folder, "results");
const titles = new Map(PLAN.methods.map(({ id, title }) => [id, id === "sgd" ? HOSTILE : title]));
const methods = PLAN.methods.map(({ id }) => ({ id, title: titles.get(id)! }));
cpSync(join(packageRoot(), "test", "fixtures", "results"), results, { recursive: true });
writeExperiment(results, records(), { ...PLAN, title: HOSTILE, methods });
const file = join(folder, "report.html");

let browser: Browser | undefined;
beforeAll(async () => {
  browser = await browserOrNone();
  writeFileSync(file, await report(results, SHOWS));
});

/** The report in a fresh window, and what went wrong in it. */
async function open(options: BrowserContextOptions = {}): Promise<{ page: Page; faults: string[] } | undefined> {
  if (browser === undefined) return undefined;
  const page = await newPage(browser, { viewport: { width: 1280, height: 900 }, ...options });
  const faults: string[] = [];
  page.on("console", (message) => void (message.type() === "error" && faults.push(message.text())));
  page.on("pageerror", ({ message }) => void faults.push(message));
  page.on("request", (request) => void (request.url().startsWith("data:") || faults.push(request.url())));
  await page.goto(`file://${file}`);
  faults.splice(0, 1); // the file itself
  return { page, faults };
}

const firstColumn = (page: Page, table: string): Promise<string[]> =>
  page.locator(`#${table} tbody tr:visible th`).allTextContents();

describe("the report in Chromium", () => {
  test("asks for nothing, says no error, and shows hostile names as text", async () => {
    const opened = await open();
    if (opened === undefined) return;
    const { page, faults } = opened;
    await expect.poll(() => page.title()).toBe("Optimisers compared");
    await expect.poll(() => page.getByText("<script>window.ran = true</script>").count()).toBeGreaterThan(0);
    await expect.poll(() => page.evaluate("window.ran")).toBeUndefined();
    const ids = (await page.evaluate("[...document.querySelectorAll('[id]')].map(({ id }) => id)")) as string[];
    expect(ids.filter((id, i) => ids.indexOf(id) < i)).toEqual([]);
    expect(faults).toEqual([]);
  });

  const wide = { width: 1280, height: 900 };
  const narrow = { width: 390, height: 800 };
  drill.each([
    { colorScheme: "light", viewport: wide },
    { colorScheme: "dark", viewport: narrow },
    { colorScheme: "dark", viewport: wide },
    { colorScheme: "light", viewport: narrow },
  ] as const)("has no serious fault of accessibility: $colorScheme, $viewport.width wide", async (options) => {
    const opened = await open(options);
    if (opened === undefined) return;
    await opened.page.evaluate(axe.source);
    const { violations } = (await opened.page.evaluate("axe.run()")) as axe.AxeResults;
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`)).toEqual(
      [],
    );
  });

  test("sorts by a heading, down, up and back; what has no number comes last", async () => {
    const opened = await open();
    if (opened === undefined) return;
    const { page } = opened;
    const table = "table1-table1_bottom";
    const before = await firstColumn(page, table);
    const heading = page.locator(`#${table} thead th`, { hasText: "KMNIST" });
    const accuracies = async (): Promise<string[]> =>
      (await page.locator(`#${table} tbody td:nth-child(4)`).allTextContents()).map((text) => text.split(/[^\d.]/)[0]!);
    await heading.getByRole("button").click();
    await expect.poll(() => heading.getAttribute("aria-sort")).toBe("descending");
    const down = (await accuracies()).filter((text) => text !== "").map(Number);
    expect(down.length).toBeGreaterThan(1);
    expect(down).toEqual([...down].sort((a, b) => b - a));
    expect((await accuracies()).slice(0, down.length)).not.toContain("");
    await heading.getByRole("button").focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => heading.getAttribute("aria-sort")).toBe("ascending");
    await expect.poll(async () => (await accuracies()).slice(0, down.length).map(Number)).toEqual([...down].reverse());
    await page.keyboard.press("Enter");
    await expect.poll(() => heading.getAttribute("aria-sort")).toBeNull();
    await expect.poll(() => firstColumn(page, table)).toEqual(before);
  });

  drill("gives every figure a size, a name, a description and values to hover over", async () => {
    const opened = await open();
    if (opened === undefined) return;
    const faults = (): Promise<string[]> =>
      opened.page.evaluate(() => {
        const plots = [...document.querySelectorAll("figure.plot")];
        const wrong = (plot: Element): string[] => {
          const svg = plot.querySelector("svg")!;
          const { width, height } = svg.getBoundingClientRect();
          // Its own numbers, or the list of the points that it draws once more.
          const held = document.getElementById(plot.getAttribute("data-points") ?? plot.id);
          const told = (part: string): boolean =>
            (svg.querySelector(`:scope > ${part}`)?.textContent ?? "").length > 10;
          const checks = {
            size: width > 300 && height > 100,
            role: svg.getAttribute("role") === "group",
            name: told("title"),
            description: told("desc"),
            values: svg.querySelectorAll("title").length > 2,
            caption: plot.querySelector("figcaption")?.textContent !== "",
            numbers: held?.querySelector("details table") != null,
          };
          return Object.entries(checks).flatMap(([what, holds]) => (holds ? [] : [`${plot.id}: ${what}`]));
        };
        return plots.length > 5 ? plots.flatMap(wrong) : ["too few figures"];
      });
    await expect.poll(faults).toEqual([]);
  });

  drill("cuts no text of a figure, and lays none over another, with a font that is wider than Arial", async () => {
    for (const width of [1280, 390]) {
      const opened = await open({ viewport: { width, height: 900 } });
      if (opened === undefined) return;
      await opened.page.addStyleTag({ content: "svg text { font-family: monospace !important }" });
      await opened.page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))");
      const faults = await opened.page.evaluate(() =>
        [...document.querySelectorAll("figure .drawing > svg")].flatMap((drawing) => {
          const frame = drawing.getBoundingClientRect();
          if (frame.width === 0) return [];
          const texts = [...drawing.querySelectorAll("text")].map((text) => ({
            words: text.textContent,
            name: text.hasAttribute("data-name"),
            box: text.getBoundingClientRect(),
          }));
          const cut = texts.filter(({ box }) => box.left < frame.left - 2 || box.right > frame.right + 2);
          const names = texts.filter(({ name }) => name);
          const over = names.filter(({ box }, i) => {
            const next = names[i + 1]?.box;
            return next !== undefined && next.top < box.bottom && next.left > box.left && next.left < box.right;
          });
          return [...cut, ...over].map(({ words }) => `${drawing.id}: ${words}`);
        }),
      );
      expect(faults).toEqual([]);
    }
  });

  test("hides and shows methods", async () => {
    const opened = await open();
    if (opened === undefined) return;
    const { page } = opened;
    const rows = page.locator('tr[data-method="sgd"]');
    await expect.poll(() => rows.count()).toBeGreaterThan(0);
    const drawn = page.locator('.drawing.whole [data-method="sgd"]');
    const shown = page.locator('.drawing.whole [data-method="sgd"]:not(.gone)');
    await expect.poll(() => shown.count()).toBeGreaterThan(0);
    await page.locator("details.filter summary").click();
    await page.locator('input[data-method="sgd"]').uncheck();
    await expect.poll(() => shown.count()).toBe(0);
    await expect.poll(() => drawn.first().isVisible()).toBe(false);
    await expect.poll(() => page.locator('tr[data-method="sgd"]:not([hidden])').count()).toBe(0);
    await page.getByRole("button", { name: "None" }).click();
    await expect.poll(() => page.locator("tr[data-method]:not([hidden])").count()).toBe(0);
    await page.getByRole("button", { name: "All", exact: true }).click();
    await expect
      .poll(() => page.locator("tr[data-method]:not([hidden])").count())
      .toBe(await page.locator("tr[data-method]").count());
  });

  test("hides a curve by its name in the legend, with the keyboard as well", async () => {
    const opened = await open();
    if (opened === undefined) return;
    const { page } = opened;
    const figure = page.locator("#fig2 .drawing.whole");
    const curves = figure.locator('[data-method="sgd"]:not(.off)');
    const count = await curves.count();
    expect(count).toBeGreaterThan(1);
    await figure.getByRole("button", { name: "SGD", exact: true }).click();
    await expect.poll(() => curves.count()).toBe(0);
    await expect
      .poll(() => page.locator('#fig3 .drawing.whole [data-method="sgd"]:not(.off)').count())
      .toBeGreaterThan(0);
    await page.keyboard.press("Enter");
    await expect.poll(() => curves.count()).toBe(count);
  });

  drill("draws a figure's curves by another axis, without what is hidden, and hands that out", async () => {
    const opened = await open({ acceptDownloads: true });
    if (opened === undefined) return;
    const { page, faults } = opened;
    const figure = page.locator("#fig2");
    const lines = figure.locator(".switched polyline");
    const shown = figure.locator(".switched polyline:visible");
    const press = (name: string): Promise<void> => figure.getByRole("button", { name, exact: true }).click();
    await expect.poll(() => lines.count()).toBe(0);
    await press("time");
    await expect.poll(() => figure.locator(".drawing.whole").isVisible()).toBe(false);
    await expect.poll(() => lines.count()).toBeGreaterThan(4);
    const count = await lines.count();
    await expect.poll(() => shown.count()).toBe(count);
    await expect.poll(() => figure.locator(".switched polygon").count()).toBeGreaterThan(0);
    const byTime = await lines.first().getAttribute("points");
    await press("log");
    await expect.poll(() => lines.first().getAttribute("points")).not.toBe(byTime);
    await expect.poll(() => figure.locator(".switched svg").textContent()).toContain("Wall-clock time (s)");
    await expect
      .poll(() => figure.locator(".switched path title").first().textContent())
      .toMatch(/, s [\d.e-]+: loss [\d.]+/);
    await press("SGD");
    await expect.poll(() => shown.count()).toBeLessThan(count);
    const without = await shown.count();
    await page.locator("details.filter summary").click();
    await page.locator('input[data-method="metamd"]').uncheck();
    await expect.poll(() => shown.count()).toBeLessThan(without);
    const held = await shown.count();
    await press("epoch");
    await expect.poll(() => shown.count()).toBe(held);
    if (everything) {
      await page.evaluate(axe.source);
      const { violations } = (await page.evaluate("axe.run('#fig2')")) as axe.AxeResults;
      expect(violations.filter(({ impact }) => impact === "serious" || impact === "critical")).toEqual([]);
    }
    await figure.locator("details.copies summary").click();
    const [download] = await Promise.all([page.waitForEvent("download"), press("Download SVG")]);
    const svg = readFileSync(await download.path()).toString();
    expect(svg).toContain("Epoch</text>");
    expect(svg).not.toMatch(/var\(|style="[^"]*(?:NaN|Infinity)/);
    await press("step");
    await press("as printed");
    await expect.poll(() => figure.locator(".drawing.whole").isVisible()).toBe(true);
    await expect.poll(() => lines.count()).toBe(0);
    expect(faults.filter((fault) => !fault.startsWith("blob:"))).toEqual([]);
  });

  test("hands out every table and figure", async () => {
    const opened = await open({ acceptDownloads: true });
    if (opened === undefined) return;
    const { page, faults } = opened;
    const saved = async (part: string, button: string): Promise<Buffer> => {
      const place = page.locator(`${part} > details.copies`);
      if ((await place.getAttribute("open")) === null) await place.locator("summary").click();
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        place.getByRole("button", { name: button, exact: true }).click(),
      ]);
      return readFileSync(await download.path());
    };
    const table = "#accuracy-rotated-mnist";
    expect((await saved(table, "Download CSV")).toString()).toMatch(/^method,0_mean,0_std,45_mean,45_std,.*\nsgd,28,/);
    expect((await saved(table, "Download LaTeX")).toString()).toContain("\\begin{tabular}{lrrr}");
    expect((await saved(table, "Download Markdown")).toString()).toMatch(/\| method +\| +0 +\|/);
    expect((await saved("#origins", "Download CSV")).toString()).toMatch(/^Experiment,Engine,Precision,Machine,/);
    expect((await saved("#fig2", "Download SVG")).toString()).toMatch(
      /^<svg xmlns="[^"]*" id="figure-fig2" role="img"/,
    );
    expect((await saved("#fig2", "Download PNG")).subarray(1, 4).toString()).toBe("PNG");
    expect((await saved("#fig2", "Download fig2_left.csv")).toString()).toMatch(/^step,method,loss_mean/);
    expect(faults.filter((fault) => !fault.startsWith("blob:"))).toEqual([]);
  });

  drill("finds tables, claims and runs", async () => {
    const opened = await open();
    if (opened === undefined) return;
    const { page } = opened;
    await page.getByLabel("Search", { exact: true }).fill("rmsprop rotated-mnist trial");
    await page.locator("#found a", { hasText: "4 runs" }).click();
    await expect.poll(() => page.locator("#run-list .pages").innerText()).toBe("1 to 4 of 4");
    await page.getByLabel("Search", { exact: true }).fill("table 9");
    await expect.poll(() => page.locator("#found a").first().getAttribute("href")).toBe("#table9");
  });

  drill("does not scroll sideways as a whole, wide or narrow", async () => {
    for (const width of [1280, 390]) {
      const opened = await open({ viewport: { width, height: 800 } });
      if (opened === undefined) return;
      await expect.poll(() => opened.page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    }
  });

  drill("clips no table, wide or narrow, whatever is unfolded", async () => {
    for (const width of [1280, 390]) {
      const opened = await open({ viewport: { width, height: 800 } });
      if (opened === undefined) return;
      await opened.page.evaluate("document.querySelectorAll('details').forEach((part) => (part.open = true))");
      const clipped = (): Promise<string[]> =>
        opened.page.evaluate<string[]>(
          `[...document.querySelectorAll(".scroll:has(table)")].filter((place) => place.scrollWidth > place.clientWidth + 1)
            .map((place) => place.closest("[id]").id)`,
        );
      let last: string[] = [];
      await until(
        async () => (last = await clipped()).length === 0,
        () => `clipped: ${last.join()}`,
      );
    }
  });

  drill("begins with a sentence and the main table; what was not run is folded away", async () => {
    const opened = await open();
    if (opened === undefined) return;
    const { page } = opened;
    const parts = await page.locator("main > section").evaluateAll((all) => all.map(({ id }) => id));
    expect(parts.slice(0, 3)).toEqual(["answer", "figures", "claims"]);
    expect(parts.at(-1)).toBe("provenance");
    await expect
      .poll(() => page.locator("#answer .lead").textContent())
      .toMatch(/has the highest test accuracy|share the highest/);
    expect((await page.locator("#answer table").boundingBox())!.y).toBeLessThan(900);
    await expect.poll(() => page.locator("#claim-list").getByText("not run", { exact: true }).count()).toBe(0);
    await expect.poll(() => page.locator("#open-claim-list").isVisible()).toBe(false);
  });

  test("leads from a number to its runs, from there to a run, and back", async () => {
    const opened = await open();
    if (opened === undefined) return;
    const { page, faults } = opened;
    const number = page.locator("#answer tbody tr", { hasText: "RMSprop" }).locator("td a.runs").first();
    await number.focus();
    await page.keyboard.press("Enter");
    const drawer = page.locator("#drawer");
    await expect.poll(() => drawer.locator("h2").textContent()).toBe("2 runs");
    await expect.poll(() => drawer.locator("tbody tr").count()).toBe(2);
    await expect.poll(() => drawer.locator("polyline").count()).toBe(2);
    await expect.poll(() => drawer.locator("tbody tr").first().textContent()).toContain("RMSprop");
    await drawer.locator("tbody a").first().click();
    await expect.poll(() => drawer.locator("h2").textContent()).toBe("RMSprop on rotated-mnist/0");
    for (const name of ["Seed", "Learning rate", "Test accuracy", "AUC", "record.json"])
      await expect.poll(() => drawer.locator(".record").textContent()).toContain(name);
    await expect
      .poll(() => drawer.locator("pre").textContent())
      .toMatch(/rm -r ".*rotated-mnist\/runs\/[0-9a-f]{16}"\nmetamd run --config configs\/rotated-mnist.yaml$/);
    await page.goBack();
    await drawer.locator("h2", { hasText: "2 runs" }).waitFor();
    if (everything) {
      await page.evaluate(axe.source);
      const { violations } = (await page.evaluate("axe.run()")) as axe.AxeResults;
      expect(violations.filter(({ impact }) => impact === "serious" || impact === "critical")).toEqual([]);
    }
    await page.keyboard.press("Escape");
    await drawer.waitFor({ state: "hidden" });
    await expect.poll(() => page.url()).not.toContain("#");
    expect(faults).toEqual([]);
  });

  drill("numbers of analyses and of tuning lead to what is behind them", async () => {
    const opened = await open();
    if (opened === undefined) return;
    const { page } = opened;
    for (const part of ["#analyses", "#tuning-cost"]) {
      await page.locator(`${part} figure.table td a.runs`).first().click();
      await expect.poll(() => page.locator("#drawer h2").textContent()).toMatch(/^\d+ runs?$/);
      await expect.poll(() => page.locator("#drawer tbody tr").count()).toBeGreaterThan(0);
      await page.keyboard.press("Escape");
      await page.locator("#drawer").waitFor({ state: "hidden" });
    }
    const unled = page.locator("#analyses td.number:not(:has(a.runs))");
    for (const text of await unled.allTextContents()) expect(text).toMatch(/^(?:-|\d+)$/);
  });

  test("lists every run: searched, sorted, and chosen curves over each other, by step or time, linear or logarithmic", async () => {
    const opened = await open();
    if (opened === undefined) return;
    const { page } = opened;
    const list = page.locator("#run-list");
    await expect.poll(() => list.locator(".pages").textContent()).toMatch(/^1 to 50 of \d+/);
    await list.getByRole("searchbox").fill("trial metamd rotated-mnist");
    await expect.poll(() => list.locator(".pages").innerText()).toBe("1 to 4 of 4");
    const rates = list.locator("thead button", { hasText: "AUC" });
    await rates.click();
    const areas = async (): Promise<number[]> =>
      (await list.locator("tbody td[data-heading=AUC]").allTextContents()).map(Number);
    await expect.poll(areas).toEqual((await areas()).sort((a, b) => b - a));
    for (const box of await list.getByRole("checkbox").all()) await box.check();
    await list.getByRole("button", { name: "Overlay 4 curves" }).click();
    const drawer = page.locator("#drawer");
    const lines = drawer.locator("polyline");
    await expect.poll(() => lines.count()).toBe(4);
    // Besides the titles of both axes.
    await expect.poll(() => drawer.locator(".canvas .tick").count()).toBeGreaterThan(2 + 4);
    const before = await lines.first().getAttribute("points");
    await drawer.getByRole("button", { name: "time" }).click();
    await expect.poll(() => lines.first().getAttribute("points")).not.toBe(before);
    const byTime = await lines.first().getAttribute("points");
    await drawer.getByRole("button", { name: "log" }).click();
    await expect.poll(() => lines.first().getAttribute("points")).not.toBe(byTime);
    await drawer.locator(".keys button").first().click();
    await expect.poll(() => lines.count()).toBe(3);
  });

  drill("a run that diverges sets no axis of curves laid over each other", async () => {
    const opened = await open();
    if (opened === undefined) return;
    const labels = await opened.page.evaluate<string[][]>(`(() => {
      const x = { step: [1, 2, 3, 4] };
      const series = [[2.3, 2, 1.8, 1.5], [2.3, 50, 1e12, 1e30]].map((y) => ({ x, y, says: "", colour: "red", dash: "" }));
      return ["linear", "log"].map((y) => {
        const panel = chart.panel(series, { x: "step", y, width: 600, height: 340 });
        return [...panel.querySelectorAll(".tick[text-anchor=end]")].map(({ textContent }) => textContent);
      });
    })()`);
    for (const losses of labels) {
      expect(losses.length).toBeGreaterThan(1);
      expect(Math.max(...losses.map(Number))).toBeLessThanOrEqual(10 * 2.3);
    }
  });

  drill("changes its theme", async () => {
    const opened = await open();
    if (opened === undefined) return;
    const ground = (): Promise<unknown> => opened.page.evaluate("getComputedStyle(document.body).backgroundColor");
    const light = await ground();
    const theme = opened.page.getByRole("button", { name: /^Theme/ });
    await theme.click();
    await expect.poll(() => ground()).toBe(light);
    await theme.click();
    await expect.poll(() => theme.textContent()).toBe("Theme: dark");
    await expect.poll(() => ground()).not.toBe(light);
  });

  drill("is whole without scripts", async () => {
    const opened = await open({ javaScriptEnabled: false });
    if (opened === undefined) return;
    await expect.poll(() => opened.page.locator("table").count()).toBeGreaterThan(2);
    await expect.poll(() => opened.page.locator("#theme").isVisible()).toBe(false);
  });
});
