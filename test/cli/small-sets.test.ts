import { afterEach, expect, it, vi } from "vitest";
import { noticeSmallSets } from "../../src/cli/small-sets.js";
import { plan } from "../records/fixtures.js";

afterEach(() => vi.restoreAllMocks());

it("says which sets are smaller than a batch, those that are alike in one line", () => {
  let said = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((said += String(text)), true));
  const small = { domain: "pets", set: "train", images: 60, batchSize: 64 } as const;
  const drawn = { ...small, set: "a tenth of trainAll", images: 10, classes: 5 } as const;
  const planned = plan([], { smallSets: [small, drawn, { ...drawn, domain: "aircraft" }] });
  noticeSmallSets(planned, true);
  expect(said).toBe("");
  noticeSmallSets(planned, false);
  expect(said).toBe(
    "60 training images of tuning, on pets: fewer than a batch of 64, so they are one batch\n" +
      "10 held-out training images of the smallest 5 classes of pets, aircraft: fewer than a batch of 64, so they are one batch\n",
  );
});
