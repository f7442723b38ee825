import { existsSync } from "node:fs";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { onTestFinished } from "vitest";
import { closeAtEnd } from "./processes.js";
import { missing } from "./require.js";

const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Headless Chromium, closed after the file's tests, or undefined (with a notice) where this machine has none; CHROMIUM
 *  names another program. */
export async function browserOrNone(): Promise<Browser | undefined> {
  const executablePath = [process.env.CHROMIUM, ...PROGRAMS].find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined) return missing("Chromium (set CHROMIUM to its program)");
  // A container has no namespaces for its sandbox; the pages are our own.
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"], timeout: 0 });
  closeAtEnd(() => browser.close());
  return browser;
}

/** A fresh window of the test that is running, which waits as long as the machine takes. */
export async function newPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(0);
  onTestFinished(() => page.close());
  return page;
}
