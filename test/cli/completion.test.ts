import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { metamd } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { tool } from "../support/processes.js";
import { missing } from "../support/require.js";

const folder = scratchFolder();
const script = join(folder, "metamd.bash");

beforeAll(async () => {
  const { code, stdout, stderr } = await metamd(folder, "completion", "bash");
  expect([code, stderr]).toEqual([EXIT.ok, ""]);
  writeFileSync(script, stdout);
});

/** What a real bash offers where the last of some words is being typed. */
function offered(...words: string[]): string[] {
  const typed = ["metamd", ...words].map((word) => `'${word}'`).join(" ");
  const asks = `source '${script}'; COMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _metamd; printf '%s\n' "\${COMPREPLY[@]}"`;
  return tool("bash", ["--norc", "-u", "-c", asks]).stdout.split("\n").filter(Boolean);
}

test.each<[string[], string[]]>([
  [["pl"], ["plan"]],
  [["meta-t"], ["meta-train", "meta-test"]],
  [
    ["data", ""],
    ["list", "fetch", "import", "verify"],
  ],
  [["config", "schema", "q"], ["quadratic"]],
  [
    ["completion", ""],
    ["bash", "zsh", "fish"],
  ],
  [
    ["--engine", ""],
    ["auto", "tensorflow", "wasm", "reference"],
  ],
  [["data", "list", "--engine", "w"], ["wasm"]],
  [
    ["table", "--format", ""],
    ["text", "csv", "markdown", "latex"],
  ],
  [
    ["figure", "--format", ""],
    ["svg", "png"],
  ],
  [["table", "--format", "=", "m"], ["markdown"]],
  [
    ["table", "--format", "="],
    ["text", "csv", "markdown", "latex"],
  ],
  [["tune", "--st"], ["--strategy"]],
  [["tune", "--con"], ["--config"]],
  [["plan", "--st"], []],
])("after %j bash offers %j", (words, expected) => {
  expect(offered(...words)).toEqual(expected);
});

test("a flag's value is no command, and is completed as a file where it is no closed list", () => {
  expect(offered("--results", "data", "fetch")).toEqual([]);
  expect(offered("--results", "data", "pla")).toEqual(["plan"]);
  expect(offered("run", "--config", "")).toEqual([]);
  const declared = tool("bash", ["-c", `source '${script}'; complete -p metamd`]).stdout;
  expect(declared).toBe("complete -o default -F _metamd metamd\n");
});

test("every command that help lists is offered, with every option that its help shows", async () => {
  const { stdout } = await metamd(folder, "--help");
  const listed = [...stdout.split("Run an experiment:")[1]!.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name!);
  expect(listed).toContain("run");
  expect(offered("")).toEqual(listed.filter((name) => name !== "help"));
  const shown = (await metamd(folder, "run", "--help")).stdout.matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm);
  const flags = [...shown].map(([, flag]) => flag!);
  expect(flags.length).toBeGreaterThan(15);
  expect(offered("run", "--").sort()).toEqual([...new Set(flags)].sort());
});

test("zsh and fish know the same commands and choices", async () => {
  const zsh = (await metamd(folder, "completion", "zsh")).stdout;
  expect(zsh).toMatch(/^#compdef metamd\n/);
  expect(zsh).toContain("'metamd table --format') printf '%s\\n' 'text' 'csv' 'markdown' 'latex'");
  const fish = (await metamd(folder, "completion", "fish")).stdout;
  expect(fish).toContain(`complete -c metamd -n "__metamd_at 'metamd'" -f -a 'plan' -d '`);
  expect(fish).toContain("complete -c metamd -l engine -x -a 'auto tensorflow wasm reference' -d '");
  expect(fish).toContain(`complete -c metamd -n "__metamd_at 'metamd figure'" -l format -x -a 'svg png' -d '`);
});

test("a shell that it has no script for is bad usage, with those that it has", async () => {
  const { code, stdout, stderr } = await metamd(folder, "completion", "tcsh");
  expect([code, stdout]).toEqual([EXIT.usage, ""]);
  expect(stderr).toContain("Allowed choices are bash, zsh, fish");
});

/** The script of another shell, where that is installed. */
async function scriptOf(shell: "zsh" | "fish"): Promise<string> {
  const path = join(folder, `metamd.${shell}`);
  writeFileSync(path, (await metamd(folder, "completion", shell)).stdout);
  return path;
}

const has = (shell: string): boolean =>
  tool(shell, ["--version"]).status === 0 || (missing(`${shell} (apt install ${shell})`) ?? false);

describe.skipIf(!has("fish"))("a real fish", () => {
  test.each<[string, string[]]>([
    ["metamd pl", ["plan"]],
    ["metamd data ", ["fetch", "import", "list", "verify"]],
    ["metamd config schema q", ["quadratic"]],
    ["metamd --engine ", ["auto", "reference", "tensorflow", "wasm"]],
    ["metamd data list --engine w", ["wasm"]],
    ["metamd tune --st", ["--strategy"]],
    ["metamd plan --strat", []],
  ])("after %j offers %j", async (typed, expected) => {
    const asks = `source ${await scriptOf("fish")}; complete -C ${JSON.stringify(typed)}`;
    const said = tool("fish", ["--no-config", "-c", asks], { cwd: folder }).stdout;
    const words = said.split("\n").filter(Boolean);
    expect(words.map((line) => line.split("\t")[0])).toEqual(expected);
  });
});

describe.skipIf(!has("zsh"))("a real zsh", () => {
  test("takes the script, and asks it about the words before", async () => {
    const asks = `autoload -U compinit && compinit -u -D && source ${await scriptOf("zsh")}
      echo $_comps[metamd]; words=(metamd data list --engine w) CURRENT=5 PREFIX=w
      compset() { false }; compadd() { shift; echo $@ }; _metamd`;
    const said = tool("zsh", ["-f", "-c", asks]).stdout;
    expect(said).toBe("_metamd\nauto tensorflow wasm reference\n");
  });
});
