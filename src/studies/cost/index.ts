import { study, type StudyRequest } from "../shared/study.js";
import type { Timing } from "./step-times.js";

export const cost = study({
  command: {
    name: "cost",
    description: "time of a training step of every method, and the numbers that the learned ones learn; no data needed",
    options: [
      { flags: "--counts-only", description: "time nothing" },
      {
        flags: "--warm-up <n>",
        description: "steps of every method before anything is timed",
        takes: "positive integer",
        default: 20,
      },
      {
        flags: "--blocks <n>",
        description: "rounds in which the methods take turns",
        takes: "positive integer",
        default: 10,
      },
      {
        flags: "--block-steps <n>",
        description: "steps of a method in a round",
        takes: "positive integer",
        default: 10,
      },
    ],
    help: `
An interrupted timing goes on after its last finished round.

Example: metamd analyse cost --config configs/high-resolution.yaml --preset desk`,
    stopping: "stopping; finished rounds are kept",
  },
  engine: { told: "named", alone: true },
  async run(request: StudyRequest & Timing & { readonly countsOnly?: boolean }, ground) {
    const { runCost } = await import("./run.js");
    return runCost(request, ground);
  },
  show: () => import("./show.js"),
});
