// Makes configs/transfer.yaml: its presets, each with what is learned there; and the same with what was learned in the config's
// own size.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { made, root } from "./made.js";
import { forWidth } from "./resize-learned.js";
import { commandLine } from "../command-line.js";

const { flags: given } = commandLine({
  about:
    "Makes configs/transfer.yaml: its presets, each with what is learned there and with what was learned in the config's own\nsize. The same command goes on where it stopped.",
  options: {
    data: { value: "DIR", default: "datasets", about: "where datasets are" },
    results: { value: "DIR", default: "results", about: "where results are written" },
    jobs: { value: "N", kind: "count", default: 2, about: "runs at the same time" },
  },
});

/** Presets; `relearns`: whether learning there gives something else; `hidden`: a width that the learned file is made for. */
const SETTINGS = {
  "batch-32": { relearns: true },
  "batch-512": { relearns: true },
  "steps-100": { relearns: false },
  "steps-2000": { relearns: false },
  "width-64": { relearns: true, hidden: 64 },
  "width-1024": { relearns: true, hidden: 1024 },
};

/** Makes the runs of the config, or of one of its presets. */
function run(preset, ...more) {
  const args = ["run", "--config", join(root, "configs", "transfer.yaml"), "--preset", preset, "--data", given.data];
  made([...args, "--results", given.results, "--jobs", String(given.jobs), "--threads", "1", "--quiet", ...more]);
}
/** The same with a learned file, in an experiment of its own. */
function apply(preset, name, file) {
  const set = [`name=${name}`, "methods=[metamd_short]", `learnedFiles.metamd_short=${file}`];
  run(preset, ...set.flatMap((one) => ["--set", one]));
}
/** The learned file for hidden layers of a width. */
function resized(hidden) {
  mkdirSync(join(given.results, "transfer", "resized"), { recursive: true });
  return forWidth(learned, hidden, join(given.results, "transfer", "resized", `${hidden}.safetensors`));
}

run("paper");
const { cells } = JSON.parse(readFileSync(join(given.results, "transfer", "plan.json"), "utf8"));
const { id } = cells.find(({ phase }) => phase === "meta-train");
const learned = join(given.results, "transfer", "learned", id, "optimiser.safetensors");
apply("paper", "transfer-means", resized(256));
for (const [preset, { relearns, hidden }] of Object.entries(SETTINGS)) {
  run(preset);
  if (relearns) apply(preset, "transfer-applied", hidden === undefined ? learned : resized(hidden));
}
