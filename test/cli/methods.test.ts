import { describe, expect, it } from "vitest";
import { methods } from "../../src/cli/methods.js";
import type { MethodDescription } from "../../src/optimisers/shared/describe.js";
import { METHOD_IDS } from "../../src/optimisers/index.js";
import { scratchFolder } from "../support/folder.js";
import { commandLine } from "../support/command.js";

const { run, written } = commandLine(methods, scratchFolder());

describe("metamd methods", () => {
  it("lists every method in the order of the table, with what it is and costs", async () => {
    await run("methods");
    const [headings, , ...rows] = written.out.trimEnd().split("\n");
    for (const heading of ["id", "method", "kind", "learned", "hyper-parameters", "state", "extra work", "source"])
      expect(headings).toContain(heading);
    expect(rows.map((row) => row.split(/ +/)[0])).toEqual(METHOD_IDS);
    expect(rows.find((row) => row.startsWith("adam "))).toMatch(
      /coordinatewise +no +beta1 0\.9, beta2 0\.999, eps 1e-8/,
    );
    expect(rows.find((row) => row.startsWith("power_sign "))).toContain("decay none");
  });

  it("--json has the same with all numbers", async () => {
    await run("methods", "--json");
    const all = JSON.parse(written.out) as MethodDescription[];
    const byId = new Map(all.map((method) => [method.id, method]));
    expect(byId.get("sgd_momentum")).toMatchObject({ title: "SGD-M", learned: false, statePerParameter: 1 });
    expect(byId.get("metamd")).toMatchObject({ kind: "layerwise", learned: true, statePerParameter: 0 });
    for (const { source, kind } of all) expect([source, kind]).not.toContain("");
  });
});
