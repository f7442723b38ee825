// What docs/RESULTS.md says of each experiment in words; its numbers come from the records.

/** `experiments`: the first that is kept has the section; `beside`: others whose records count for its verdicts; `ids`: the
 *  paper's experiments; `tables`, `figure`: ids for `metamd table` and `figure`, {} for the experiment; `main`: its figure is
 *  at the page's head; `fold`: what tables that are folded are called; `statistics`: every method is compared with Adam. */
export const SECTIONS = [
  {
    experiments: ["quadratic"],
    ids: ["E1"],
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
    experiments: ["rotated-mnist-extended"],
    ids: ["E2"],
    title: "E2: RotatedMNIST, one rotation held out (Table 1, top)",
    question:
      "Does MetaMD beat fairly tuned baselines on a rotation that it was not learned on, in accuracy and in speed?",
    protocol:
      "MLP 784-256-256-10, batches of 128, 500 steps, constant learning rate. The paper's grids and wider ones for Adam and " +
      "RMSprop, two tuning seeds a point, ten trials at the best point. MetaMD learns on the other five rotations.",
    tables: ["{}"],
    figure: "fig2",
    main: true,
    statistics: true,
    caveats:
      "Widths, batch and steps are ours; the paper's are not given. Meta-Curvature is best at the end of the " +
      "paper's grid, 0.1, where some trials diverge; at 60 degrees tuning runs did, and it had a tenth of it. L2O is apart, below.",
    command: "metamd run --config configs/rotated-mnist.yaml --preset extended",
  },
  {
    experiments: ["rotated-mnist"],
    ids: ["E2"],
    title: "E2 on the paper's grids",
    question: "The same with the learning rates that the paper lists, and no others.",
    protocol:
      "As above, ten trials. Between 0.01 and 0.001, where Adam's best rate lies, its grid has no value, and RMSprop's has one.",
    tables: ["{}"],
    caveats:
      "Adam is not fairly tuned here, so a lead over it says nothing for MetaMD; RMSprop's grid does it less harm.",
    command: "metamd run --config configs/rotated-mnist.yaml --set trials=10",
  },
  {
    experiments: ["rotated-mnist-l2o-extended"],
    title: "E2: L2O, with a twentieth of its budget",
    question: "How far does L2O come on the same network?",
    protocol:
      "As E2, 15 degrees held out: 26 episodes in place of 530, learning rates of 0.01, 0.1, 1 and 10, one weight decay, five trials.",
    tables: ["{}"],
    caveats: "A twentieth of the gradients that the others may spend, and one hold-out: no verdict on L2O.",
    command:
      "metamd run --config configs/rotated-mnist.yaml --preset extended --set name=rotated-mnist-l2o --set 'suite.protocol={metaTest: " +
      "[rotated-mnist/15]}' --set methods=[l2o] --set metaTraining.l2o.episodes=26 --set tuning.space.weightDecay=[0.0001] --set " +
      "tuning.space.methods.l2o.learningRate=[10,1,0.1,0.01] --set trials=5",
  },
  {
    experiments: ["diverse-digits-short"],
    ids: ["E3"],
    title: "E3: DiverseDigits, one dataset held out (Table 1, bottom)",
    question: "The same with a convolutional network and datasets that have less in common.",
    protocol:
      "LeNet, batches of 128, 500 steps, as many as the optimiser was learned over, in place of ten epochs; the sets that are at " +
      "hand of the six: MNIST, a part of KMNIST, Fashion-MNIST, USPS. The wider grids, one weight decay, two tuning seeds, five trials.",
    tables: ["{}"],
    statistics: true,
    caveats:
      "Reduced: the tables name the sets that are not there; 500 steps in place of ten epochs; learned from three sets where the " +
      "paper has five. L2O and Meta-Curvature are not run, and C3.3 takes L2O at both of the paper's full sizes, whose budget is beyond these cores.",
    command: "metamd run --config configs/diverse-digits.yaml --preset short --skip-missing",
  },
  {
    experiments: ["cifar10-desk"],
    ids: ["E4"],
    title: "E4: CIFAR10 (Tables 2 and 5)",
    question: "Does it go on to a deep network and another kind of image?",
    protocol:
      "All eight methods. ResNet18 of a quarter of its width, batches of 32, 60 steps, 2,000 images of the part of CIFAR10 that is at " +
      "hand, learned on the digit sets that are; for each method GP-UCB as the paper has it, five first points and 25 more, of 30 steps and " +
      "one seed each; three trials.",
    tables: ["table2", "table5"],
    statistics: true,
    caveats:
      "Of the smallest size, about one epoch: it shows that the path works, and of the order of the methods what three trials can tell, " +
      "which is little in accuracy. One seed a point chooses by luck in part. K-FAC's step is timed with inverses in every iteration, as the " +
      "paper has it.",
    command:
      "metamd run --config configs/cifar10.yaml --preset desk --set tuning.bayes.initial=5 --set tuning.bayes.iterations=25 --set trials=3 " +
      "--skip-missing, then metamd analyse cost --config configs/cifar10.yaml --preset desk",
  },
  {
    experiments: ["high-resolution-short"],
    beside: ["high-resolution-desk", "high-resolution", "pets-learned-on-short"],
    ids: ["E5"],
    title: "E5: the high-resolution suite (Tables 3, 4, 6, 7 and 9)",
    question: "Is MetaMD best on photos, how much is learned, and what does a step cost?",
    protocol:
      "All nine methods. ResNet18 of a quarter of its width at 64x64, batches of 16, 300 steps, learned on a part of Pets in tasks of " +
      "three classes, tested on a part of DTD: 160 images to train on and 80 to test; four learning rates, two tuning seeds, five trials. " +
      "Numbers learned are counted at full size. Steps are timed, and images counted, with the desk preset, in ten rounds of ten steps " +
      "in which the methods take turns.",
    tables: ["table3", "table6", "table7", "table9", "table4"],
    statistics: true,
    caveats:
      "Far below the paper's size, on one of four test sets and one of three to learn on, of which 90 photos are at hand: 300 steps are 30 " +
      "epochs, and three test images are four points. Chance is 10 %. Times are of a narrow network on two cores that other programs kept busy, so " +
      "that their spread is larger than what separates the methods: they bear out that K-FAC is dear, and nothing finer. Intervals of " +
      "ratios take the times of two methods as independent. C5.3 takes both of the paper's full sizes, which need a GPU. C5.4 takes one set that was learned on and one that " +
      "was not, where the paper has three and four.",
    command:
      "metamd run --config configs/high-resolution.yaml --preset short --skip-missing; with --preset desk --set suite.classesPerTask=3 " +
      "metamd analyse datasets and analyse cost; metamd analyse cost --counts-only --config configs/high-resolution.yaml; for C5.4 " +
      "metamd run --config configs/high-resolution.yaml --preset short --set name=pets-learned-on --set " +
      "methods=[sgd_momentum,meta_curvature] --set suite.domains=[pets] --set " +
      "'suite.protocol={metaTrain: [pets], metaTest: [pets], sharedOnPurpose: true}' --skip-missing",
  },
  {
    experiments: ["landscape-short"],
    ids: ["E6", "E7"],
    title: "E6 and E7: loss landscape and low-rank features (Figures 7 and 8)",
    question: "Does MetaMD end in flatter minima than SGD, with features of lower rank?",
    protocol:
      "The network, images and steps of E5, SGD and SGD-M beside MetaMD, five trials. Along the top eigenvector of each network's " +
      "training loss (20 Lanczos steps on 128 images) 21 points; features of 80 test images.",
    tables: [],
    figure: "fig7",
    caveats:
      "MetaMD also has the lowest training loss, and near zero the cross-entropy is flat whatever the optimiser. One set, one optimiser " +
      "learned. At desk size, after 30 steps, both directions are the other way round.",
    command:
      "metamd run --config configs/landscape.yaml --preset short --skip-missing, then metamd analyse landscape and analyse rank with the " +
      "same config",
  },
  {
    experiments: ["fine-tuning-short"],
    ids: ["E8"],
    title: "E8: fine-tuning (Table 8)",
    question: "Does what was learned from scratch serve a network that is trained already?",
    protocol:
      "The network of E5, trained on a part of Pets for 400 steps in place of ImageNet's weights, then fine-tuned on a part of DTD in 300 " +
      "steps with what MetaMD learned for E5; four learning rates, two tuning seeds, five trials.",
    tables: ["table8_accuracy", "table8_auc"],
    caveats: "The network was trained on 90 photos: no test of the paper's setting.",
    command:
      "metamd run --config configs/pretraining.yaml --preset desk, then metamd run --config configs/fine-tuning.yaml --preset short " +
      "--skip-missing --pretrained WEIGHTS --set learnedFiles.metamd=LEARNED",
  },
  {
    experiments: ["weight-decay-desk"],
    ids: ["E9"],
    title: "E9: weight-decay shift (Figure 9)",
    question: "Does an optimiser that was learned at one weight decay serve at others?",
    protocol: "LeNet, batches of 32, 60 steps, 1,000 images, four digit sets, four weight decays, one trial each.",
    tables: [],
    figure: "fig9",
    caveats: "Of the smallest size: 60 steps, one trial, every method's rate at the end of a grid of two.",
    command: "metamd run --config configs/weight-decay.yaml --preset desk --skip-missing",
  },
  {
    experiments: ["certificate"],
    ids: ["E10"],
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
    fold: "The tables by layer",
    caveats: "One network, one data set.",
    command: "metamd analyse hypergradient --config configs/hypergradient.yaml",
  },
  {
    experiments: ["ablation"],
    title: "Parts of MetaMD (ours)",
    question: "What does each part of MetaMD's meta-training do?",
    protocol:
      "As E2, 75 degrees held out, one weight decay, two tuning seeds a rate, eight trials; one part changed at a time. With the " +
      "direct gradient alone M stays I, so that its row is SGD on MetaMD's learning rates.",
    tables: ["{}"],
    caveats:
      "One hold-out. SGD's learning rates end at 0.1, MetaMD's at 1, the best of many rows. No trial of any row collapsed; what " +
      "diverged were learning rates that tuning left.",
    command: "metamd run --config configs/ablation.yaml --set trials=8",
  },
  {
    experiments: ["metamd-variants"],
    title: "Where MetaMD could be best (ours)",
    question: "Does a principled variant of the short horizon beat it, and Adam, with as many tuning runs as Adam?",
    protocol:
      "As E2 with one weight decay, seven learning rates and two seeds a row, ten trials. The hold-outs 15 and 60 choose the variant; " +
      "the other four judge it.",
    tables: ["{}"],
    caveats: "The rows that were not chosen are on two hold-outs alone. One network, one kind of task.",
    command: "node scripts/reproduce/variants.js --data DIR",
  },
  {
    experiments: ["transfer"],
    title: "What was learned, elsewhere (ours)",
    question: "Does what was learned at one width, batch and length serve at others?",
    protocol:
      "As E2, 75 degrees held out, five trials. Learned at width 256 and batches of 128; applied there, and at batches of 32 and 512, " +
      "in 100 and 2,000 steps, and at widths of 64 and 1,024, beside Adam tuned in each place and MetaMD learned there.",
    tables: ["{}"],
    caveats:
      "The table is of the experiment's own size; the others are in the answer above. One hold-out, five trials.",
    command: "node scripts/reproduce/transfer.js --data DIR",
  },
];
