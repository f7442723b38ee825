import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { PROGRAM, runProgram } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { drill } from "../support/require.js";

/** Pages whose commands a reader types one after the other. A block below "<!-- not run: why -->" is left out. */
const TUTORIALS = ["first-run.md", "own-suite.md"];

const blocks = (page: string): string[] =>
  [...readFileSync(join(packageRoot(), "docs", page), "utf8").matchAll(/(<!-- not run: .+ -->\n\n)?```sh\n([^]*?)```/g)]
    .filter(([, left]) => left === undefined)
    .map(([, , commands]) => commands!);

drill.each(TUTORIALS)("the commands of docs/%s run as they stand", async (page) => {
  const folder = scratchFolder();
  const tools = join(folder, "tools");
  mkdirSync(tools, { recursive: true });
  writeFileSync(join(tools, "metamd"), `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
  chmodSync(join(tools, "metamd"), 0o755);
  const commands = blocks(page);
  expect(commands.length).toBeGreaterThan(1);
  for (const block of commands) {
    const env = { PATH: `${tools}${delimiter}${process.env.PATH}` };
    const ran = await runProgram("sh", ["-ec", block], { folder, env });
    expect(ran.code, `${block}\n${ran.stdout}${ran.stderr}`).toBe(0);
  }
});
