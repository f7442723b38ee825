// Makes configs/metamd-variants.yaml in two parts: every row on the hold-outs that choose; then the best of them, with Adam
// and the short horizon as it is, on those that judge.
import { join } from "node:path";
import { readRecords } from "../../dist/src/records/index.js";
import { made, root } from "./made.js";
import { BESIDE, bestOf, CHOOSE } from "./choose-variant.js";
import { commandLine } from "../command-line.js";

const { flags: given } = commandLine({
  about:
    "Makes configs/metamd-variants.yaml: every row on the hold-outs that choose, then the best on those that judge.\nThe same command goes on where it stopped.",
  options: {
    data: { value: "DIR", default: "datasets", about: "where datasets are" },
    results: { value: "DIR", default: "results", about: "where results are written" },
    jobs: { value: "N", kind: "count", default: 2, about: "runs at the same time" },
    preset: { value: "NAME", default: "paper", about: "paper, or a preset of the config" },
  },
});
const isPaper = given.preset === "paper";
const name = isPaper ? "metamd-variants" : `metamd-variants-${given.preset}`;
const common = ["--config", join(root, "configs", "metamd-variants.yaml"), "--data", given.data];
common.push(
  "--results",
  given.results,
  "--jobs",
  String(given.jobs),
  "--threads",
  "1",
  "--quiet",
  "--preset",
  given.preset,
);
const records = () => readRecords(join(given.results, name));

const holdouts = (is) => [...new Set(records().plan.cells.map(({ holdout }) => holdout))].filter(is);
made(["meta-train", ...common, "--method", "metamd_short"]);
for (const holdout of holdouts(CHOOSE)) made(["meta-test", ...common, "--holdout", holdout]);
const best = bestOf(records().runs);
console.log(`best on the hold-outs that choose: ${best}`);
for (const holdout of holdouts((one) => !CHOOSE(one)))
  for (const method of [...BESIDE, best]) made(["meta-test", ...common, "--holdout", holdout, "--method", method]);
