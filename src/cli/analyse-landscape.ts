// metamd analyse landscape: the training loss along the eigenvector of the largest eigenvalue.
import { Command } from "commander";
import { addSubjectOptions, analyseSolutions } from "./analyse-solutions.js";
import { positiveInteger } from "./numbers.js";

export function landscape(): Command {
  return addSubjectOptions(
    new Command("landscape").description(
      "the training loss along the Hessian's top eigenvector at every trial's weights",
    ),
  )
    .option("--points <n>", "as --set analysis.landscape.points=<n>", positiveInteger)
    .addHelpText("after", "\nMakes what analyse sharpness does first, where that is missing.")
    .addHelpText("after", "Example: metamd analyse landscape --config configs/landscape-digits.yaml --preset desk")
    .action((_own: unknown, command: Command) => analyseSolutions(command, "landscape"));
}
