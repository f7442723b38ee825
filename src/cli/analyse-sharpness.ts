// metamd analyse sharpness: largest eigenvalues of the training loss' Hessian at trained weights.
import { Command } from "commander";
import { addSubjectOptions, analyseSolutions } from "./analyse-solutions.js";

export function sharpness(): Command {
  return addSubjectOptions(
    new Command("sharpness").description(
      "the largest eigenvalues of the training loss' Hessian at every trial's weights",
    ),
  )
    .addHelpText("after", "\nThe trials must have been run with keepWeights: true. Settings: analysis in the config.")
    .addHelpText("after", "Example: metamd analyse sharpness --config configs/landscape-digits.yaml --preset desk")
    .action((_own: unknown, command: Command) => analyseSolutions(command, "sharpness"));
}
