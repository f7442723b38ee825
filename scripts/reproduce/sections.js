// What docs/RESULTS.md says of each experiment in words; its numbers come from the records.

/** `tables`, `figure`: ids for `metamd table` and `figure`; `statistics`: whether every method is compared with Adam. */
export const SECTIONS = [
  {
    experiments: ["quadratic"],
    id: "E1",
    title: "E1: iterations on two-dimensional quadratics",
    question: "Does a learned diagonal preconditioner need fewer iterations than tuned SGD, SGD-M and Adam?",
    protocol:
      "A preconditioner learned per family on 600 x 8 tasks, 100 new tasks a family, learning rates chosen on 32 tasks of the " +
      "meta-training; a method stops at a gradient norm of 1e-4.",
    tables: ["fig1_summary"],
    figure: "fig1",
    caveats:
      "The paper gives neither variances nor learning rates nor the stopping rule: the order is comparable, the counts are not.",
    command: "metamd quadratic --config configs/quadratic.yaml",
  },
  {
    experiments: ["certificate"],
    id: "E10",
    title: "E10: Theorem 4.1 as a number",
    question: "Does the bound hold, and does it say anything?",
    protocol:
      "Quadratics of E1, constants fixed before sampling, 200 redraws; softmax regression on rotated digits, 10,000 images each.",
    tables: [],
    caveats:
      "The bounds are looser than what they bound by orders of magnitude, and looser for the learned preconditioner than for the identity.",
    command: "metamd analyse certificate --config configs/certificate.yaml",
  },
  {
    experiments: ["hypergradient"],
    title: "How far Algorithm 2 is right (ours)",
    question: "How well does MetaMD's hypergradient agree with the true derivative through the whole inner run?",
    protocol:
      "MNIST, an MLP of 784-32-32-10, ten seeds, horizons of 1 to 200 steps at the first M and at the learned one.",
    tables: ["hypergradient"],
    figure: "hypergradient",
    caveats: "One network, one data set.",
    command: "metamd analyse hypergradient --config configs/hypergradient.yaml",
  },
  {
    experiments: ["rotated-mnist-extended", "rotated-mnist"],
    id: "E2",
    title: "E2: RotatedMNIST, one rotation held out (Table 1, top)",
    question:
      "Does MetaMD beat fairly tuned baselines on a rotation that it was not learned on, in accuracy and in speed?",
    protocol:
      "MLP 784-256-256-10, batches of 128, 500 steps, constant learning rate. The paper's grids and wider ones for Adam and " +
      "RMSprop, two tuning seeds a point, ten trials at the best point. MetaMD learns on the other five rotations.",
    tables: ["accuracy", "auc"],
    figure: "fig2",
    statistics: true,
    caveats: "Widths, batch and steps are ours; the paper's are not given. L2O and Meta-Curvature are not run.",
    command: "metamd run --config configs/rotated-mnist.yaml --preset extended",
  },
];
