// Makes configs/metamd-variants.yaml in two parts: every row on the hold-outs that choose; then the best of them, with Adam
// and the short horizon as it is, on those that judge.
// Usage: npm run build, then node scripts/reproduce/variants.js --data DIR [--results DIR] [--jobs N] [--preset smoke]
// The same command goes on where it stopped.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readRecords } from "../../dist/src/records/index.js";
import { made, root } from "./made.js";
import { BESIDE, bestOf, CHOOSE } from "./choose-variant.js";

const { values: given } = parseArgs({
  options: {
    data: { type: "string", default: "datasets" },
    results: { type: "string", default: "results" },
    jobs: { type: "string", default: "2" },
    preset: { type: "string", default: "paper" },
  },
});
const isPaper = given.preset === "paper";
const name = isPaper ? "metamd-variants" : `metamd-variants-${given.preset}`;
const common = ["--config", join(root, "configs", "metamd-variants.yaml"), "--data", given.data];
common.push("--results", given.results, "--jobs", given.jobs, "--threads", "1", "--quiet", "--preset", given.preset);
const records = () => readRecords(join(given.results, name));

const holdouts = (is) => [...new Set(records().plan.cells.map(({ holdout }) => holdout))].filter(is);
made(["meta-train", ...common, "--method", "metamd_short"]);
for (const holdout of holdouts(CHOOSE)) made(["meta-test", ...common, "--holdout", holdout]);
const best = bestOf(records().runs);
console.log(`best on the hold-outs that choose: ${best}`);
for (const holdout of holdouts((one) => !CHOOSE(one)))
  for (const method of [...BESIDE, best]) made(["meta-test", ...common, "--holdout", holdout, "--method", method]);
