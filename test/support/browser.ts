import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";
import { missing } from "./require.js";

const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Headless Chromium, or undefined (with a notice) where this machine has none; CHROMIUM names another program. */
export async function browserOrNone(): Promise<Browser | undefined> {
  const executablePath = [process.env.CHROMIUM, ...PROGRAMS].find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined) return missing("Chromium (set CHROMIUM to its program)");
  // A container has no namespaces for its sandbox; the pages are our own.
  return await chromium.launch({ executablePath, args: ["--no-sandbox"] });
}
