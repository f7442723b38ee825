import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { start } from "../support/binary.js";
import { engineOrNone } from "../support/engines.js";
import { scratchFolder } from "../support/folder.js";
import { SMALL } from "../support/small-experiment.js";

const folder = scratchFolder();
writeFileSync(join(folder, "small.yaml"), SMALL);
writeFileSync(join(folder, "file"), "");
const native = await engineOrNone("tensorflow");

describe.skipIf(native === undefined)("the native engine", () => {
  test.each([
    ["that is not there", join(folder, "nowhere"), "1", "tensorflow"],
    ["that is not there", join(folder, "nowhere"), "2", "tensorflow"],
    ["that is not there", join(folder, "nowhere"), "1", "auto"],
    ["that is a file", join(folder, "file"), "1", "tensorflow"],
  ])("ends with a temporary folder %s before any run, none of which failed", async (_what, TMPDIR, jobs, engine) => {
    const results = `results-${_what}-${jobs}-${engine}`;
    const args = ["run", "--config", "small.yaml", "--engine", engine, "--jobs", jobs, "--results", results];
    const { code, stderr } = await start(folder, args, { TMPDIR }).ended;
    expect(code, stderr).toBe(EXIT.engine);
    expect(stderr).toContain(`metamd: temporary folder ${TMPDIR}: cannot be written: E`);
    expect(stderr).toContain("set TMPDIR to another folder");
    expect(existsSync(join(folder, results, "small", "runs"))).toBe(false);
  });
});
