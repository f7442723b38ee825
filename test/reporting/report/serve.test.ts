import { get, request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRunStore } from "../../../src/records/store.js";
import { report } from "../../../src/reporting/report/report.js";
import { serve, type Served } from "../../../src/reporting/report/serve.js";
import { browserOrNone, newPage } from "../../support/browser.js";
import { scratchFolder } from "../../support/folder.js";
import { PLAN, records, writeExperiment } from "../fixtures.js";
import { SHOWS } from "../../support/studies.js";

const results = join(scratchFolder(), "results");
const [first, ...others] = records();
writeExperiment(results, [first!]);

let served: Served;
beforeAll(async () => {
  served = await serve(results, () => report(results, SHOWS, { live: true }), 0);
});
afterAll(() => served.close());

/** Status and text of an answer. */
function ask(
  path: string,
  { method = "GET", host }: { method?: string; host?: string } = {},
): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL(path, served.url), { method, ...(host && { headers: { host } }) }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (part: string) => (text += part));
      answer.on("end", () => resolve([answer.statusCode!, text]));
    });
    asked.on("error", reject).end();
  });
}

describe("report --serve", () => {
  test("gives the page to this machine's own address, and nothing else to anybody", async () => {
    expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const [status, page] = await ask("/");
    expect(status).toBe(200);
    expect(page).toContain('id="live"');
    expect(await ask("/plan.json")).toEqual([404, "there is one page: /\n"]);
    expect(await ask("/", { method: "POST" })).toEqual([405, "GET only\n"]);
    expect(await ask("/", { host: "elsewhere.example" })).toEqual([
      403,
      "this server answers to its own address only\n",
    ]);
  });

  test("refuses a port that is taken", async () => {
    const port = Number(new URL(served.url).port);
    await expect(serve(results, () => report(results, SHOWS), port)).rejects.toThrow(
      `--port: ${port}, which another program has`,
    );
  });

  test("tells its listeners when a run has ended, and the open page follows", async () => {
    const browser = await browserOrNone();
    const page = browser && (await newPage(browser));
    await page?.goto(served.url);
    const finished = page?.locator(".fact", { hasText: "Runs finished" }).locator("dd");
    expect((await finished?.textContent()) ?? `1 of ${PLAN.cells.length}`).toBe(`1 of ${PLAN.cells.length}`);

    const told = new Promise<string>((resolve) => {
      const events = get(new URL("/events", served.url), (answer) =>
        answer.setEncoding("utf8").on("data", (part: string) => {
          if (!part.includes("event")) return openRunStore(results, PLAN.experiment).write(others[0]!, []);
          events.destroy();
          resolve(part);
        }),
      );
    });
    expect(await told).toBe("event: changed\ndata:\n\n");
    if (browser === undefined) return;
    await page!.getByText(`2 of ${PLAN.cells.length}`).waitFor();
    await expect.poll(() => page!.locator("#live").textContent()).toBe("Live");
  });

  test("keeps what its reader does: the focus, words, what is unfolded, sorted and looked at", async () => {
    const browser = await browserOrNone();
    if (browser === undefined) return;
    const page = await newPage(browser);
    await page.goto(served.url);
    const list = page.locator("#run-list");
    await list.getByRole("searchbox").fill("sgd");
    await page.locator("details.copies summary").first().click();
    const heading = list.locator("thead button", { hasText: "AUC" });
    await heading.click();
    await heading.click();
    await list.locator("tbody a").first().focus();
    await page.keyboard.press("Enter");
    await page.locator("#drawer .record").waitFor();
    await page.evaluate(() => document.querySelector("#drawer pre")!.setAttribute("data-kept", "yes"));
    await page.locator("#drawer pre").focus();
    const before = await page.locator(".fact", { hasText: "Runs finished" }).locator("dd").textContent();
    openRunStore(results, PLAN.experiment).write(others[1]!, []);
    await page.locator(".fact", { hasText: "Runs finished" }).locator("dd", { hasNotText: before! }).waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement!.getAttribute("data-kept"))).toBe("yes");
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.activeElement!.matches("#run-list tbody a"));
    await expect.poll(() => list.getByRole("searchbox").inputValue()).toBe("sgd");
    await expect.poll(() => heading.locator("..").getAttribute("aria-sort")).toBe("ascending");
    await expect.poll(() => page.locator("details.copies").first().getAttribute("open")).not.toBeNull();
  });
});
