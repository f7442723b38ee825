// metamd check: a method from outside, held against what every rule keeps.
import { resolve } from "node:path";
import { Command } from "commander";
import { EXIT } from "../core/errors.js";
import { columns } from "../core/columns.js";
import type { GlobalFlags } from "./shared/globals.js";
import { notice, print, printJson } from "./shared/print.js";

interface Flags extends GlobalFlags {
  readonly method?: string;
}

export function check(): Command {
  return new Command("check")
    .description("hold the methods of a plug-in against what every rule keeps (docs/own-optimiser.md)")
    .argument("<file>", "the plug-in: a JavaScript module, or TypeScript where Node strips types")
    .option("--method <id>", "only this one of its methods")
    .addHelpText(
      "after",
      "\nIt runs the file, with your rights. Exit codes: 0 all is kept, 1 something is not, 2 the file does not load.",
    )
    .addHelpText("after", "\nExample: metamd check ./lion.mjs --method my_lion")
    .action(async (file: string, _own: unknown, command: Command) => {
      const { method, json, quiet } = command.optsWithGlobals<Flags>();
      const { checkPlugin } = await import("../plugins/index.js");
      const checked = await checkPlugin(resolve(file), method);
      const wrong = checked.filter(({ broken }) => Object.keys(broken).length > 0);
      if (json) printJson(checked);
      else
        print(
          columns(
            ["method", "contract", "kept"],
            checked.map(({ method: id, contract, on, broken }) => [
              id,
              contract,
              Object.keys(broken).length === 0 ? "yes" : `no: ${Object.keys(broken).join(", ")} of ${on.join(", ")}`,
            ]),
          ),
        );
      for (const { method: id, contract, broken } of json ? [] : wrong)
        for (const [problem, why] of Object.entries(broken)) notice(`${id}, ${contract}, on ${problem}:\n  ${why}`);
      if (!quiet) notice(wrong.length === 0 ? "all is kept" : `${wrong.length} of ${checked.length} are not kept`);
      process.exitCode = wrong.length === 0 ? EXIT.ok : EXIT.runFailed;
    });
}
