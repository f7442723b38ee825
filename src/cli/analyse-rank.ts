// metamd analyse rank: how fast the singular values of the features before the classifier fall.
import { Command } from "commander";
import { addSubjectOptions, analyseSolutions } from "./analyse-solutions.js";

export function rank(): Command {
  return addSubjectOptions(
    new Command("rank").description(
      "how fast the singular values of the last features fall, for every trial's weights",
    ),
  )
    .addHelpText(
      "after",
      "\nThe score is the paper's: smaller means lower rank; compare within a dataset and a split only.",
    )
    .addHelpText("after", "Example: metamd analyse rank --config configs/landscape-digits.yaml --preset desk")
    .action((_own: unknown, command: Command) => analyseSolutions(command, "rank"));
}
