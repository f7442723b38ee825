import { study } from "../shared/study.js";

export const quadratic = study({
  command: {
    name: "quadratic",
    alone: true,
    description: "learn a diagonal preconditioner on two-dimensional quadratics and count iterations (Fig. 1)",
    help: `
It goes on where it stopped; what is finished is not computed again.

Example: metamd quadratic --config configs/quadratic.yaml --preset desk`,
    stopping: "stopping after a checkpoint",
  },
  async config() {
    const { quadraticSchema } = await import("./settings.js");
    return () => quadraticSchema;
  },
  async run(request, ground) {
    const { loadQuadratic } = await import("./settings.js");
    const { runQuadraticStudy } = await import("./run.js");
    return runQuadraticStudy(loadQuadratic(request), ground);
  },
  show: () => import("./show.js"),
});
