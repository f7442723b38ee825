// metamd config: what a config file may hold.
import { Argument, Command } from "commander";
import { CONFIG_KINDS } from "../studies/index.js";
import type { GlobalFlags } from "./shared/globals.js";
import { print } from "./shared/print.js";

export function config(): Command {
  return new Command("config")
    .description("show what a config file may contain, for editors and people")
    .addCommand(schema());
}

function schema(): Command {
  return new Command("schema")
    .description(
      "JSON Schema of a config file, with the user's own domains of --data and the plug-ins of --config: editors check and complete by it",
    )
    .addArgument(new Argument("[kind]", "what the config is of").choices(CONFIG_KINDS).default("experiment"))
    .addHelpText(
      "after",
      "\nAn editor takes it from a file's first line:\n  # yaml-language-server: $schema=metamd.schema.json\n\n" +
        "All keys in words: docs/config.md",
    )
    .addHelpText("after", "\nExample: metamd config schema > metamd.schema.json")
    .action(async (kind: string, _own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const { configSchema } = await import("../studies/index.js");
      const { fileSchema } = await import("../config/json-schema.js");
      const { broughtBy, pluginsOf } = await import("../config/plugins.js");
      const schema = (await configSchema(kind))(flags.data, broughtBy(pluginsOf(flags)));
      print(JSON.stringify(fileSchema(schema, `metamd ${kind}`), null, 2));
    });
}
