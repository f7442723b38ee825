// metamd completion: a script that completes commands, options and their values in a shell.
import { Argument, Command } from "commander";
import { COMPLETION_SCRIPTS, type Place, type Places, type Shell } from "./shared/completion-scripts.js";
import { print } from "./shared/print.js";

export function completion(): Command {
  const shells = Object.keys(COMPLETION_SCRIPTS);
  return new Command("completion")
    .description("a script for a shell that completes commands, options and their values")
    .addArgument(new Argument("<shell>", "the shell").choices(shells))
    .addHelpText(
      "after",
      "\nTo have it in every shell, write into its start file:\n" +
        "  ~/.bashrc: source <(metamd completion bash)\n" +
        "  ~/.zshrc, after compinit: source <(metamd completion zsh)\n" +
        "  ~/.config/fish/config.fish: metamd completion fish | source",
    )
    .addHelpText("after", "\nExample: metamd completion bash > metamd.bash")
    .action((shell: Shell, _own: unknown, command: Command) => {
      print(COMPLETION_SCRIPTS[shell](placesOf(command.parent!)));
    });
}

/** A command and all below it, each with the options of its own; those of the first are everybody's. */
function placesOf(command: Command, above: readonly string[] = [], shared: readonly string[] = []): Places {
  const path = [...above, command.name()];
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter((child) => child.name() !== "help");
  const options = help.visibleOptions(command).filter(({ long }) => !shared.includes(long ?? ""));
  const place: Place = {
    path: path.join(" "),
    commands: commands.map((child) => ({ name: child.name(), description: child.description() })),
    values: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    options: options.map(({ short, long, required, optional, argChoices, description }) => ({
      flags: [short, long].flatMap((flag) => flag ?? []),
      takesValue: required || optional,
      values: argChoices ?? [],
      description,
    })),
  };
  const known = [...shared, ...place.options.flatMap(({ flags }) => flags)];
  return [place, ...commands.flatMap((child) => placesOf(child, path, above.length === 0 ? known : shared))];
}
