import { study } from "../shared/study.js";

export const datasets = study({
  command: {
    name: "datasets",
    description: "images and classes of every dataset of a suite as loaded, without the config's limits",
    help: "\nExample: metamd analyse datasets --config configs/high-resolution.yaml",
  },
  async run(request, { results, data }) {
    const { runDatasets } = await import("./run.js");
    return runDatasets(request, results, data);
  },
  show: () => import("./show.js"),
});
