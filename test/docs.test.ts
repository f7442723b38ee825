import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../src/core/files.js";
import { tool } from "./support/processes.js";

const root = packageRoot();
const pages = tool("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], { cwd: root })
  .stdout.trim()
  .split("\n")
  .filter((path) => !path.startsWith("test/") && existsSync(join(root, path)));

/** A page without its code. */
const proseOf = (path: string): string =>
  readFileSync(join(root, path), "utf8")
    .replace(/```[^]*?```/g, "")
    .replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, " "));

/** The anchors of headings, as GitHub makes them. */
const anchorsOf = (path: string): string[] =>
  [
    ...readFileSync(join(root, path), "utf8")
      .replace(/```[^]*?```/g, "")
      .matchAll(/^#+ (.*)$/gm),
  ].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );

describe("links of the documents", () => {
  test.each(pages)("%s leads to files and headings that are there", (page) => {
    const targets = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
    const broken = targets.filter((target) => {
      if (/^[a-z]+:/.test(target)) return false;
      const [file, anchor] = target.split("#") as [string, string | undefined];
      const path = file === "" ? page : relative(root, join(root, dirname(page), file));
      if (!existsSync(join(root, path))) return true;
      return anchor !== undefined && !anchorsOf(path).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test("lead from the index to every page, but of measurements", () => {
    const index = proseOf("docs/index.md");
    const own = pages.filter((path) => /^docs\/[^/]+\.md$/.test(path) && path !== "docs/index.md");
    expect(own.filter((path) => !index.includes(`(${path.slice("docs/".length)}`))).toEqual([]);
  });
});
