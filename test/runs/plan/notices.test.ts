import { expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import { noticesOf } from "../../../src/runs/plan/notices.js";
import { BASE, configWriter } from "../../config/fixtures.js";
import { plan } from "../../records/fixtures.js";
import { scratchFolder } from "../../support/folder.js";

const config = loadConfig({ config: configWriter(scratchFolder())(BASE) });

test("a plan says what was left out, and which sets are smaller than a batch, those that are alike at once", () => {
  const small = { domain: "pets", set: "train", images: 60, batchSize: 64 } as const;
  const drawn = { ...small, set: "a tenth of trainAll", images: 10, classes: 5 } as const;
  const missing = ["svhn", "mnist"].map((domain) => ({ domain, reason: "no files" }));
  const planned = plan([], { missing, smallSets: [small, drawn, { ...drawn, domain: "aircraft" }] });
  expect(noticesOf(config, planned)).toEqual([
    "left out, data missing: svhn, mnist; nothing is learned or tested there",
    "60 training images of tuning, on pets: fewer than a batch of 64, so they are one batch",
    "10 held-out training images of the smallest 5 classes of pets, aircraft: fewer than a batch of 64, so they are one batch",
  ]);
  expect(noticesOf(config, plan([]))).toEqual([]);
});
