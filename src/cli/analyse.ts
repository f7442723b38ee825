// metamd analyse: the paper's analyses, a command each.
import { Command } from "commander";
import { certificate } from "./analyse-certificate.js";
import { cost } from "./analyse-cost.js";
import { datasets } from "./analyse-datasets.js";
import { hypergradient } from "./analyse-hypergradient.js";
import { landscape } from "./analyse-landscape.js";
import { rank } from "./analyse-rank.js";
import { sharpness } from "./analyse-sharpness.js";

/** Every analysis, in the order of `--help`; each lies in a file of its own, `analyse-<name>.ts`. */
const ANALYSES = [sharpness, landscape, rank, certificate, hypergradient, cost, datasets];

export function analyse(): Command {
  const group = new Command("analyse").description(
    "the paper's analyses and ours, on stored runs and on problems of their own",
  );
  for (const one of ANALYSES) group.addCommand(one());
  return group.addHelpText(
    "after",
    "\nExample: metamd analyse landscape --config configs/landscape-digits.yaml --preset desk",
  );
}
