import { study } from "../shared/study.js";

export const hypergradient = study({
  command: {
    name: "hypergradient",
    description: "cosine and length of every mode's hypergradient beside the true derivative, through whole inner runs",
    help: `
It goes on where it stopped; more seeds are made beside those that are finished.
With --engine reference everything is in double precision.

Example: metamd analyse hypergradient --config configs/hypergradient.yaml --preset desk`,
    stopping: "stopping after a checkpoint",
  },
  config: async () => (await import("./settings.js")).hypergradientSchema,
  async run(request, ground) {
    const { loadHypergradient } = await import("./settings.js");
    const { runHypergradients } = await import("./run.js");
    return runHypergradients(loadHypergradient(request), ground);
  },
  show: () => import("./show.js"),
});
