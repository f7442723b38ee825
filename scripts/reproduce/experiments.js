// What is run for each of the paper's experiments, in order of what tells most for its time, and then our own. Each step is
// a command of the program on a shipped config; a config that lacks the wanted size runs at the next smaller one named here.

/** Sizes in which an experiment can be made, and what a config takes that does not have one of that name. */
export const PRESETS = { paper: [], extended: ["paper"], half: ["paper"], short: ["desk"], desk: [], smoke: [] };

/** The width of the smallest network of `high-resolution`, whose optimiser is applied. */
const WIDE = { smoke: ["--set", "model.width=16"] };

/** `needs`: files that an earlier step makes: what a method learned (`learned`), or a run's weights (`weights`). */
export const EXPERIMENTS = {
  E1: { title: "iterations on quadratics", steps: [{ command: "quadratic", config: "quadratic" }] },
  E10: { title: "Theorem 4.1 as a number", steps: [{ command: "analyse certificate", config: "certificate" }] },
  counts: {
    title: "images, learned numbers and step times (Tables 4, 7, 9)",
    steps: [
      { command: "analyse datasets", config: "high-resolution" },
      { command: "analyse cost", config: "high-resolution", flags: { smoke: ["--counts-only"] } },
    ],
  },
  hypergradient: {
    title: "how far Algorithm 2 is right",
    steps: [{ command: "analyse hypergradient", config: "hypergradient" }],
  },
  E2: { title: "RotatedMNIST", steps: [{ command: "run", config: "rotated-mnist" }] },
  E3: { title: "DiverseDigits", steps: [{ command: "run", config: "diverse-digits" }] },
  E9: { title: "weight-decay shift", steps: [{ command: "run", config: "weight-decay" }] },
  ablation: { title: "parts of MetaMD", steps: [{ command: "run", config: "ablation" }] },
  E4: {
    title: "CIFAR10",
    steps: [
      { command: "run", config: "cifar10" },
      { command: "analyse cost", config: "cifar10", flags: { smoke: ["--counts-only"] } },
    ],
  },
  E5: { title: "high-resolution suite", steps: [{ command: "run", config: "high-resolution" }] },
  E6: {
    title: "loss landscape and low-rank features (E6, E7)",
    steps: [
      { command: "run", config: "landscape" },
      { command: "analyse landscape", config: "landscape" },
      { command: "analyse rank", config: "landscape" },
    ],
  },
  E8: {
    title: "fine-tuning",
    steps: [
      { command: "run", config: "pretraining", unless: ["paper", "extended", "half"], flags: WIDE },
      { command: "meta-train", config: "high-resolution", flags: { all: ["--method", "metamd"] } },
      {
        command: "run",
        config: "fine-tuning",
        flags: WIDE,
        needs: { learned: "high-resolution", weights: "pretraining" },
      },
    ],
  },
};
