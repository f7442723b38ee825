import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT, type Fault } from "../../src/core/errors.js";
import { packageRoot } from "../../src/core/files.js";
import type { Look } from "../../src/core/look.js";
import type { Plugin } from "../../src/plugins/index.js";
import { runProgram } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";

const folder = scratchFolder();
const at = (name: string): string => join(folder, name);

interface Given {
  readonly file: string;
  readonly text?: string;
  readonly where?: string;
  readonly sha256?: string;
}
interface Came {
  readonly plugin?: Plugin;
  readonly message: string;
  readonly exitCode?: number;
  readonly faults: readonly Fault[];
  /** What is in the tables that was not there before. */
  readonly added: readonly string[];
}

/** Installs plug-ins one after the other in a process of their own. */
async function install(
  given: readonly Given[],
): Promise<{ readonly outcomes: readonly Came[]; readonly looks: readonly Look[] }> {
  const program = join(packageRoot(), "test", "fixtures", "load-plugins.js");
  const { code, stdout, stderr } = await runProgram(process.execPath, [program], { input: JSON.stringify(given) });
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Awaited<ReturnType<typeof install>>;
}

/** The text of a plug-in with one method. @param entry replaces keys of it, as JavaScript. */
const plugin = (id: string, entry: Readonly<Record<string, string | undefined>> = {}): string => {
  const keys: Readonly<Record<string, string | undefined>> = {
    title: '"Toy"',
    summary: '"a toy"',
    kind: '"global rate"',
    settings: "z.strictObject({})",
    create: "() => ({ init: () => ({}), update: () => ({}) })",
    needs: "[]",
    statePerParameter: "() => 0",
    extraWork: '""',
    source: '"here"',
    ...entry,
  };
  const lines = Object.entries(keys).flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${value}`]));
  return `import { z } from "metamd-bench/plugins";\nexport const optimisers = { "${id}": { ${lines.join(", ")} } };\n`;
};

const WRONG: readonly (readonly [what: string, text: string, says: RegExp])[] = [
  [
    "throws",
    "const a = 1;\nthrow new TypeError('boom');",
    /could not be loaded: TypeError: boom \(plugin-\d+\.mjs:2\)/,
  ],
  ["does not parse", "export const x = ;", /could not be loaded: SyntaxError: [^]*\(plugin-\d+\.mjs:1\)/],
  ["imports what is not there", 'import "./nothing.mjs";', /could not be loaded/],
  [
    "imports a package that is not there",
    'import "metamd-no-such";',
    /metamd-no-such[^]*hint: install what is missing/,
  ],
  [
    "imports by a path put together",
    'await import("./" + "x.mjs");',
    /by a path that its text does not have in quotes/,
  ],
  ["exports nothing", "", /it exports nothing\n {2}accepted: export const optimisers/],
  ["exports by another name", "export const optimizers = {};", /it exports optimizers[^]*did you mean optimisers\?/],
  ["exports no object", "export const optimisers = [1];", /X optimisers: no object/],
  ["takes a taken name", plugin("adam"), /X optimisers\.adam: the name adam is taken[^]*hint: call it my_adam/],
  [
    "takes a malformed name",
    plugin("My Lion"),
    /X optimisers\.My Lion: the name "My Lion"\n {2}accepted: a lower-case/,
  ],
  [
    "has no settings",
    plugin("toy", { settings: undefined }),
    /optimisers\.toy\.settings: missing\n {2}accepted: z\.strictObject/,
  ],
  ["has settings that are no schema", plugin("toy", { settings: "{ beta: 1 }" }), /toy\.settings: given \{"beta":1\}/],
  ["has a key too many", plugin("toy", { titel: '"x"' }), /toy\.titel: unknown key[^]*did you mean title\?/],
  ["has a rule that is no function", plugin("toy", { create: "7" }), /toy\.create: given 7\n {2}accepted: a function/],
  [
    "has a colour that is none",
    plugin("toy", { look: '{ colour: "red", dark: "#ffffff", dash: "solid", marker: "circle" }' }),
    /toy\.look\.colour: given "red"\n {2}accepted: a colour like/,
  ],
  [
    "is learned by nobody",
    plugin("toy", { learned: '{ by: "nobody", what: "x", untrained: () => ({}) }' }),
    /learned\.by: unknown name "nobody"\n {2}accepted: .*metamd/,
  ],
];

describe("what is wrong with a plug-in", async () => {
  const given = WRONG.map(([, text], i) => ({ file: at(`plugin-${i}.mjs`), text, where: "plugins[0] X" }));
  const { outcomes } = await install(given);

  test.each(WRONG.map(([what, , says], i) => [what, says, outcomes[i]!] as const))("%s", (_what, says, came) => {
    expect(came.message).toMatch(says);
    expect(came.message).toMatch(/^plugins\[0\] X/);
    expect(came.exitCode).toBe(EXIT.usage);
    expect(came.added).toEqual([]);
  });

  test("everything at once", async () => {
    const text = plugin("toy", { title: undefined, needs: '["money"]', source: "3" });
    const [came] = (await install([{ file: at("much.mjs"), text }])).outcomes;
    expect(came!.faults.map(({ where }) => where.split("toy.")[1])).toEqual(["title", "needs.0", "source"]);
  });

  test("a file that is not there, a folder, and what Node cannot import", async () => {
    mkdirSync(at("folder.mjs"));
    const files = [at("none.mjs"), at("folder.mjs")].map((file) => ({ file }));
    const { outcomes } = await install([
      ...files,
      { file: at("rule.py"), text: "" },
      { file: at("rule.mts"), text: `const id: string = "typed";\n${plugin("typed")}` },
    ]);
    const [none, directory, other, typed] = outcomes;
    expect(none!.message).toMatch(/no such file[^]*accepted: a JavaScript module[^]*hint: check the path/);
    expect([none!.exitCode, directory!.exitCode]).toEqual([EXIT.usage, EXIT.usage]);
    expect(other!.message).toMatch(/ends in \.py\n {2}accepted: a JavaScript module/);
    if ((process.features as { typescript?: unknown }).typescript) expect(typed!.added).toEqual(["typed"]);
    else expect(typed!.message).toMatch(/types Node [\d.]+ does not strip[^]*hint: run Node 22\.18 or later/);
  });
});

describe("a plug-in that loads", async () => {
  const toy = { file: at("toy.mjs"), text: plugin("toy") };
  const { outcomes, looks } = await install([
    toy,
    { file: toy.file },
    { file: toy.file, text: plugin("toy", { title: '"Other"' }) },
    { file: at("second.mjs"), text: plugin("second") },
    { file: at("never.mjs"), text: "throw new Error('was run');", sha256: "0".repeat(64) },
  ]);
  const [first, again, changed, , never] = outcomes;

  test("is in the tables, once", () => {
    expect(first).toMatchObject({
      plugin: { file: toy.file, methods: ["toy"], learners: [], models: [] },
      added: ["toy"],
    });
    expect(again).toEqual({ plugin: first!.plugin, added: [] });
  });

  test("has a look that no other has", () => {
    expect(new Set(looks.map(({ dash, marker }) => `${dash} ${marker}`)).size).toBe(looks.length);
  });

  test("may not change while the process lives", () => {
    expect([changed!.exitCode, changed!.message]).toEqual([
      EXIT.data,
      expect.stringMatching(/its content has changed/),
    ]);
  });

  test("has the content that was asked for, or is not run at all", () => {
    expect([never!.exitCode, never!.message]).toEqual([EXIT.data, expect.not.stringContaining("was run")]);
  });
});
