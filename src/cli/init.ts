// metamd init: a config of one's own to begin with.
import { basename, extname } from "node:path";
import { createInterface } from "node:readline/promises";
import { Command } from "commander";
import { EXIT, Interrupted, UserError } from "../core/errors.js";
import { isThere, writeAtomic } from "../core/files.js";
import type { GlobalFlags } from "./shared/globals.js";
import { notice } from "./shared/print.js";

type Answer = "domains" | "model" | "methods" | "output";
type Flags = GlobalFlags & Readonly<Partial<Record<Answer, string>>>;

/** Says what is wrong with an answer by throwing a UserError. */
interface Question {
  readonly asks: string;
  readonly suggested: string;
  check(answer: string): unknown;
}

export function init(): Command {
  return new Command("init")
    .description("write a commented config of your own; on a terminal, ask for what no flag gives")
    .option("--domains <ids>", "what to train on, comma-separated: metamd data list")
    .option("--model <kind>", "what is trained: mlp, lenet, resnet18s or resnet18")
    .option("--methods <ids>", "optimisers to compare, comma-separated, or all: metamd methods")
    .option("--output <file>", "the config to write; it must not be there")
    .addHelpText(
      "after",
      "\nExample: metamd init --domains mnist,kmnist --model lenet --methods sgd,adam,metamd --output mine.yaml",
    )
    .action(async (_own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const { domainsNamed, methodsNamed, MODEL_KINDS, modelNamed, newConfig } =
        await import("../config/new-config.js");
      const domains = (text: string): string[] => domainsNamed(listed(text), flags.data);
      const answers = await answered(flags, {
        domains: {
          asks: "Domains, comma-separated (metamd data list)",
          suggested: "synthetic-rotated/0,synthetic-rotated/75",
          check: domains,
        },
        model: { asks: `Model (${MODEL_KINDS.join(", ")})`, suggested: "mlp", check: modelNamed },
        methods: {
          asks: "Methods, comma-separated (metamd methods)",
          suggested: "sgd,sgd_momentum,adam,metamd",
          check: (text) => methodsNamed(listed(text)),
        },
        output: { asks: "File", suggested: "experiment.yaml", check: refuseExisting },
      });
      const { output } = answers;
      const text = newConfig({
        name: nameOf(output),
        domains: domains(answers.domains),
        model: modelNamed(answers.model),
        methods: methodsNamed(listed(answers.methods)),
      });
      writeAtomic(output, text, () => refuseExisting(output));
      if (!flags.quiet) notice(`${output}: written; next: metamd plan --config ${output}`);
    });
}

/** What the flags say, checked; the rest is asked for on a terminal, until an answer is right. */
async function answered(
  flags: Flags,
  questions: Readonly<Record<Answer, Question>>,
): Promise<Readonly<Record<Answer, string>>> {
  const all = Object.entries(questions) as [Answer, Question][];
  for (const [key, { check }] of all) if (flags[key] !== undefined) check(flags[key]);
  const missing = all.filter(([key]) => flags[key] === undefined);
  if (missing.length > 0 && !(process.stdin.isTTY && process.stderr.isTTY))
    throw new UserError(EXIT.usage, {
      where: missing.map(([key]) => `--${key}`).join(", "),
      given: "not given, and there is no terminal to ask on",
      hint: `give all flags, such as ${missing.map(([key, { suggested }]) => `--${key} ${suggested}`).join(" ")}`,
    });
  const answers: Partial<Record<Answer, string>> = {};
  for (const [key, question] of all) answers[key] = flags[key] ?? (await asked(question));
  return answers as Record<Answer, string>;
}

async function asked(question: Question): Promise<string> {
  const answer = (await typed(`${question.asks} [${question.suggested}]: `)) || question.suggested;
  try {
    question.check(answer);
    return answer;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    notice(error.message);
    return asked(question);
  }
}

/** A line from the terminal. @throws Interrupted on Ctrl-C and at its end. */
async function typed(prompt: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new AbortController();
  lines.once("close", () => closed.abort());
  try {
    return (await lines.question(prompt, { signal: closed.signal })).trim();
  } catch (error) {
    throw closed.signal.aborted ? new Interrupted() : error;
  } finally {
    lines.close();
  }
}

function refuseExisting(path: string): void {
  if (!isThere(path)) return;
  const given = "it exists already";
  throw new UserError(EXIT.usage, { where: path, given, accepted: "a new file", hint: "name another with --output" });
}

const listed = (text: string): string[] => text.split(",").flatMap((one) => one.trim() || []);

/** A name for results after that of a file. */
function nameOf(path: string): string {
  const name = basename(path, extname(path)).toLowerCase();
  return (
    name
      .replace(/[^a-z0-9._-]+/g, "-")
      .replace(/^[^a-z0-9]+/, "")
      .slice(0, 64) || "experiment"
  );
}
