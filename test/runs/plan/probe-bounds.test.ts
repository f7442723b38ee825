import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import type { Engine } from "../../../src/engine/engine.js";
import { openNamedEngine } from "../../../src/engine/open.js";
import { openRunStore } from "../../../src/records/store.js";
import { makePlan } from "../../../src/runs/plan/make-plan.js";
import { pricesOf } from "../../../src/runs/plan/prices.js";
import { probedImages } from "../../../src/runs/plan/probe-bounds.js";
import { unrecorded } from "../../support/estimates.js";
import { scratchFolder } from "../../support/folder.js";
import { writeSmallConfig } from "../../support/small-config.js";

const folder = scratchFolder();
const reference = await openNamedEngine("reference");

/** An engine that notes the entry points that it is asked for. */
function noting(): { engine: Engine; entries: string[] } {
  const entries: string[] = [];
  const compile: Engine["compile"] = (definition) => {
    entries.push(...Object.keys(definition.entries));
    return reference.compile(definition);
  };
  return { engine: { ...reference, compile }, entries };
}

test("a batch is measured whole, unless its steps are long", () => {
  expect(probedImages(128, 0.1)).toBe(128);
  expect(probedImages(128, 10)).toBe(13);
  expect(probedImages(64, 500)).toBe(4);
  expect(probedImages(2, 500)).toBe(2);
});

test("large images are evaluated a chunk at a time, and no more of them are probed", async () => {
  const set = ["suite.image={size: 112, channels: 3}", "training.batchSize=8"];
  const config = loadConfig({ config: writeSmallConfig(folder), set });
  const { engine, entries } = noting();
  const ground = { ...unrecorded(config, folder, openRunStore(join(folder, "nowhere"), "t"), engine), config };
  const priceOf = pricesOf(ground);
  const { step, run } = await priceOf(makePlan(config, folder).cells[0]!);
  expect(step).toBeGreaterThan(0);
  expect(run).toBeGreaterThan(0);
  expect(entries.filter((name) => name.startsWith("evaluate:"))).toEqual(["evaluate:20"]);
  expect(entries.filter((name) => name.startsWith("step:")).map((name) => Number(name.slice(5)))).toSatisfy(
    ([size]: number[]) => size! <= 8,
  );
});
