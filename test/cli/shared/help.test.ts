import { expect, test } from "vitest";
import { EXIT } from "../../../src/core/errors.js";
import { fitted } from "../../../src/cli/shared/help.js";
import { metamd } from "../../support/binary.js";
import { scratchFolder } from "../../support/folder.js";

const folder = scratchFolder();

const wrapped = (text: string): string => fitted(text, 80);

test("long lines break between words, and examples so that a shell takes them", () => {
  const words = "word ".repeat(30).trim();
  expect(
    wrapped(words)
      .split("\n")
      .every((line) => line.length <= 80),
  ).toBe(true);
  expect(wrapped(words).replaceAll("\n", " ")).toBe(words);
  const example = `Example: metamd run ${"--flag value ".repeat(9).trim()}`;
  const lines = wrapped(example).split("\n");
  expect(lines.every((line) => line.length <= 80)).toBe(true);
  expect(lines.slice(0, -1).every((line) => line.endsWith(" \\"))).toBe(true);
  expect(lines.join("\n").replace(/ \\\n +/g, " ")).toBe(example);
  expect(
    wrapped(`  ${words}`)
      .split("\n")
      .every((line) => line.startsWith("  word")),
  ).toBe(true);
});

test.each([[["table"]], [["data", "import"]], [["analyse", "certificate"]], [["tune"]]])(
  "%s --help fits 80 columns and has the options of all commands",
  async (command) => {
    const { code, stdout } = await metamd(folder, ...command, "--help");
    expect(code).toBe(EXIT.ok);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toContain("Global Options:");
    expect(stdout).toContain("--results <dir>");
    expect(stdout).toMatch(/Examples?:/);
  },
);

test("without a command there is help on stderr, and nothing else", async () => {
  const { code, stdout, stderr } = await metamd(folder);
  expect([code, stdout]).toEqual([EXIT.usage, ""]);
  expect(stderr).toMatch(/^Usage: metamd /);
  expect(stderr).not.toContain("outputHelp");
});
