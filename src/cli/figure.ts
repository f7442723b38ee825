// metamd figure: regenerate the figures from the records.
import { Command, Option } from "commander";
import type { CurveAxis, FigureFormat, FigureWidth, LossScale, WrittenFigure } from "../reporting/index.js";
import { printableName } from "../core/printable.js";
import { folderOf } from "./shared/experiments.js";
import type { GlobalFlags } from "./shared/globals.js";
import { notice, print, printJson } from "./shared/print.js";
interface Flags extends GlobalFlags {
  readonly format: FigureFormat;
  readonly out?: string;
  readonly by?: CurveAxis;
  readonly scale?: LossScale;
  readonly width?: FigureWidth;
}

export function figure(): Command {
  return new Command("figure")
    .description("regenerate the figures from the records, with the data behind them as CSV")
    .argument("[id]", "fig1 to fig9, sensitivity, tuning, profile, profiles, ablation, hypergradient, or all", "all")
    .addOption(
      new Option("--format <name>", "kind of file; png has 300 dots an inch").choices(["svg", "png"]).default("svg"),
    )
    .option("--out <dir>", "where they are written (default: figures/ in the results folder)")
    .addOption(
      new Option("--by <axis>", "horizontal axis of learning curves (default: the figure's own)").choices([
        "step",
        "epoch",
        "time",
      ]),
    )
    .addOption(
      new Option("--scale <kind>", "axis of their losses (default: what their range needs)").choices(["linear", "log"]),
    )
    .addOption(
      new Option("--width <columns>", "printed width: 3.3 or 6.9 inches (default: the figure's own)").choices([
        "single",
        "double",
      ]),
    )
    .addHelpText(
      "after",
      "\nOf several presets the fullest is shown, with the latest numerics, unless --preset names one; --config shows one " +
        "experiment alone.",
    )
    .addHelpText("after", "\nExample: metamd figure fig2 --format png --width single")
    .action(async (id: string, _own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const { join } = await import("node:path");
      const { chosenFigures, onlyExperiment, readEvidence, writeFigures } = await import("../reporting/index.js");
      const { showsOf } = await import("../studies/index.js");
      const studies = await showsOf();
      const ids = await chosenFigures(id, studies);
      const held = readEvidence(flags.results, studies, flags.preset);
      const evidence = flags.config === undefined ? held : onlyExperiment(held, await folderOf(flags));
      const { format, by, scale, width, out = join(flags.results, "figures") } = flags;
      const options = {
        format,
        out,
        ...(by !== undefined && { by }),
        ...(scale !== undefined && { scale }),
        ...(width !== undefined && { width }),
      };
      const written = await writeFigures(evidence, ids, options, (one) => {
        if (!flags.json) print(line(one));
        if (!flags.json && !flags.quiet && !("missing" in one.made)) notice(`  ${one.made.caption}`);
      });
      if (flags.json) printJson(written.map(jsonOf));
    });
}

/** "fig2: results/figures/fig2.svg, …" or "fig7: not run: …". */
function line({ id, made, files }: WrittenFigure): string {
  return "missing" in made
    ? `${id}: not run: ${made.missing}; ${made.command}`
    : `${id}: ${files.map(printableName).join(", ")}`;
}

function jsonOf({ id, made, files }: WrittenFigure): object {
  if ("missing" in made) return { id, notRun: made };
  const { title, alt, caption, width, height } = made;
  return { id, files, title, alt, caption, widthInches: width / 72, heightInches: height / 72 };
}
