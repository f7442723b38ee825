import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { beforeAll, describe, expect } from "vitest";
import { packageRoot } from "../../../src/core/files.js";
import { report } from "../../../src/reporting/report/report.js";
import { browserOrNone, newPage } from "../../support/browser.js";
import { scratchFolder } from "../../support/folder.js";
import { drill } from "../../support/require.js";
import { SHOWS } from "../../support/studies.js";

const file = join(scratchFolder(), "report.html");
let browser: Browser | undefined;
beforeAll(async () => {
  browser = await browserOrNone();
  writeFileSync(file, await report(join(packageRoot(), "test", "fixtures", "results"), SHOWS));
});

async function open(): Promise<Page | undefined> {
  if (browser === undefined) return undefined;
  const page = await newPage(browser, { viewport: { width: 1280, height: 900 } });
  await page.goto(`file://${file}`);
  return page;
}

/** Presses a key until what has the focus fits the selector; within `most` presses. */
async function reach(page: Page, key: string, selector: string, most = 200): Promise<void> {
  for (let i = 0; i < most; i++) {
    await page.keyboard.press(key);
    if (await page.evaluate(`document.activeElement.matches(${JSON.stringify(selector)})`)) return;
  }
  expect.fail(`${key} does not reach ${selector}`);
}

const focused = (page: Page): Promise<string | null> =>
  page.evaluate(() => document.activeElement?.textContent ?? null);

/** Notes every part that takes the focus, and what is wrong with how it shows. */
const watch = (): void => {
  const seen = new Set<Element>();
  const faults: string[] = [];
  document.addEventListener("focusin", ({ target }) => {
    const part = target as Element;
    const { outlineStyle, outlineWidth } = getComputedStyle(part);
    const { top, bottom, left, right, width, height } = part.getBoundingClientRect();
    const shown = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
    const within = width > 0 && height > 0 && bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
    if (!shown || !within) faults.push(`${shown ? "out of sight" : "no outline"}: ${part.outerHTML.slice(0, 100)}`);
    if (seen.size > 1 && part.matches(".skip")) walk.again = true;
    seen.add(part);
  });
  const walk = { seen, faults, again: false };
  Object.assign(window, { walk });
};

/** What a mouse can press or scroll and the walk did not come to. */
const missed = (): string[] => {
  const { seen } = (window as unknown as { walk: { seen: Set<Element> } }).walk;
  const operable = (part: Element): boolean =>
    part.matches("a[href], button, input, select, summary, [role=button]") ||
    getComputedStyle(part).cursor === "pointer" ||
    (/auto|scroll/.test(getComputedStyle(part).overflowX) && part.scrollWidth > part.clientWidth + 1);
  const reached = (part: Element | null): boolean => part !== null && (seen.has(part) || reached(part.parentElement));
  return [...document.querySelectorAll("body *")]
    .filter((part) => part.checkVisibility() && operable(part) && !part.matches(":disabled, [aria-disabled=true]"))
    .filter((part) => !reached(part))
    .map((part) => part.outerHTML.slice(0, 100));
};

describe("the report by keyboard alone", () => {
  drill("Tab comes to everything that a mouse can press, always in sight, and out at the end", async () => {
    const page = await open();
    if (page === undefined) return;
    await page.evaluate(watch);
    const again = (): Promise<boolean> => page.evaluate("walk.again");
    // The browser's own window comes between the last part and the first.
    for (let i = 0; i < 4000 && (i % 50 > 0 || !(await again())); i++) await page.keyboard.press("Tab");
    await expect.poll(() => again()).toBe(true);
    await expect.poll(() => page.evaluate(missed)).toEqual([]);
    await expect.poll(() => page.evaluate("walk.faults")).toEqual([]);
  });

  drill("Enter leads from a number to its runs and to one of them; Escape leads back to the number", async () => {
    const page = await open();
    if (page === undefined) return;
    await reach(page, "Tab", "#answer a.runs");
    const number = await focused(page);
    await page.keyboard.press("Enter");
    await page.locator("#drawer[open]").waitFor();
    await expect.poll(() => focused(page)).toBe("2 runs");
    await reach(page, "Tab", "#drawer tbody a");
    await page.keyboard.press("Enter");
    await page.locator("#drawer .record").waitFor();
    await expect.poll(() => focused(page)).toBe("SGD on rotated-mnist/0");
    await reach(page, "Shift+Tab", "#drawer-close");
    await reach(page, "Tab", "#drawer pre");
    await page.keyboard.press("Escape");
    await page.waitForFunction((text) => document.activeElement!.textContent === text, number);
  });

  drill("a list turns its pages and sorts under the same focus", async () => {
    const page = await open();
    if (page === undefined) return;
    const list = page.locator("#run-list");
    await list.getByRole("searchbox").focus();
    await reach(page, "Tab", "#run-list thead button");
    await page.keyboard.press("Enter");
    await expect.poll(() => focused(page)).toBe("Run");
    await expect.poll(() => list.locator("th[aria-sort]").textContent()).toBe("Run");
    await reach(page, "Tab", "#run-list tbody input");
    await page.keyboard.press("Space");
    await reach(page, "Tab", "#run-list .pages button:last-child", 400);
    for (let i = 0; i < 10; i++) await page.keyboard.press("Enter");
    await expect.poll(() => focused(page)).toBe("Next");
    await expect.poll(() => list.locator(".pages").textContent()).toMatch(/^(\d+) to (\d+) of \2 /);
    await reach(page, "Shift+Tab", "#run-list .toolbar button", 400);
    await page.keyboard.press("Enter");
    await page.locator("#drawer[open]").waitFor();
    await expect.poll(() => focused(page)).toBe("1 run");
  });

  drill("methods, switches, legends and choices", async () => {
    const page = await open();
    if (page === undefined) return;
    await reach(page, "Tab", "details.filter summary");
    await page.keyboard.press("Enter");
    await reach(page, "Tab", "input[data-method=adam]");
    await page.keyboard.press("Space");
    await expect.poll(() => page.locator("tr[data-method=adam]:not([hidden])").count()).toBe(0);
    await reach(page, "Tab", "#fig2 .choice button[aria-pressed=false]", 400);
    await page.keyboard.press("Space");
    await expect.poll(() => page.locator("#fig2 .switched svg").isVisible()).toBe(true);
    await reach(page, "Tab", "#fig2 .switched [data-name=metamd]");
    await page.keyboard.press("Space");
    await expect.poll(() => page.locator("#fig2 .switched [data-method=metamd]:visible").count()).toBe(0);
    await page.locator("details:has(.trials) > summary").first().focus();
    await page.keyboard.press("Enter");
    await reach(page, "Tab", ".trials select");
    await page.keyboard.press("ArrowDown");
    const choice = page.locator(".trials select").first();
    await expect.poll(() => choice.evaluate((field: HTMLSelectElement) => field.selectedIndex)).toBe(1);
  });
});
