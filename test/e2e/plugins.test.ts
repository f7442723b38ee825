import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { packageRoot } from "../../src/core/files.js";
import type { Plan } from "../../src/records/plan.js";
import type { RunRecord } from "../../src/records/record.js";
import { inNode, metamd } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { drill, realData } from "../support/require.js";

const folder = scratchFolder();
const LION = /```js\n(.*?)```/s.exec(readFileSync(join(packageRoot(), "docs", "own-optimiser.md"), "utf8"))![1]!;
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
write("lion.mjs", LION);

const config = (name: string, plugin: string, methods: string, domains: readonly string[], more = ""): string =>
  `name: ${name}
plugins: [./${plugin}]
suite:
  domains: [${domains.join(", ")}]
  protocol: { metaTest: [${domains[0]!}] }
  limits: { trainImages: 500, validationImages: 100, testImages: 200 }
model: { kind: mlp, hidden: [16] }
training: { batchSize: 25, steps: 12, aucWindowSteps: 3 }
methods: [${methods}]
tuning: { space: { learningRate: [0.01, 0.001], weightDecay: [0.001] } }
trials: 2
${more}`;
const SYNTHETIC = ["synthetic-rotated/0", "synthetic-rotated/15"];

const planOf = (experiment: string): Plan =>
  JSON.parse(readFileSync(join(folder, "results", experiment, "plan.json"), "utf8")) as Plan;
const recordsOf = (experiment: string): RunRecord[] =>
  planOf(experiment).cells.flatMap(({ id }) => {
    const file = join(folder, "results", experiment, "runs", id, "record.json");
    return existsSync(file) ? [JSON.parse(readFileSync(file, "utf8")) as RunRecord] : [];
  });
/** What a run of a method logged, without the times. */
const losses = (experiment: string, method: string): string[] =>
  recordsOf(experiment)
    .filter(({ cell }) => cell.method === method)
    .map(({ id, cell, metrics, selected }) => {
      const runs = join(folder, "results", experiment, "runs", id);
      const curve = readFileSync(
        join(
          runs,
          readdirSync(runs).find((name) => name.startsWith("curve"))!,
        ),
        "utf8",
      );
      const rows = curve
        .trim()
        .split("\n")
        .map((row) => row.split(",").slice(0, 3).join());
      return JSON.stringify([cell.phase, cell.seed, metrics, selected, rows]);
    });

const mnist = realData("MNIST");
describe.skipIf(mnist === undefined)("the Lion of docs/own-optimiser.md on real MNIST", () => {
  test("is Lion, bit by bit, and has a row, a line and a colour where the file is gone too", async () => {
    expect((await metamd(folder, "data", "import", "mnist", mnist!)).code).toBe(EXIT.ok);
    write("mnist.yaml", config("mnist-lion", "lion.mjs", "adam, lion, my_lion", ["mnist", "mnist"].slice(0, 1)));
    const ran = await metamd(folder, "run", "--config", "mnist.yaml", "--jobs", "2");
    expect(ran.code, ran.stderr).toBe(EXIT.ok);
    expect(losses("mnist-lion", "my_lion")).toEqual(losses("mnist-lion", "lion"));
    expect(losses("mnist-lion", "my_lion")).not.toEqual(losses("mnist-lion", "adam"));

    const { methods } = planOf("mnist-lion");
    const { colour, dash, marker } = methods[2]!.look!;
    expect(methods.map(({ look }) => look === undefined)).toEqual([true, true, false]);
    expect([dash, marker].join()).toMatch(/./);
    rmSync(join(folder, "lion.mjs"));
    const table = await metamd(folder, "table", "accuracy", "--format", "csv");
    write("lion.mjs", LION);
    expect(table.code, table.stderr).toBe(EXIT.ok);
    const row = (id: string): string[] =>
      table.stdout
        .split("\n")
        .find((line) => line.startsWith(id))!
        .split(",");
    expect(row("my_lion").slice(2)).toEqual(row("lion").slice(2));
    expect(row("adam").length).toBe(row("my_lion").length);
    const report = await metamd(folder, "report", "--out", "report.html");
    expect(report.code, report.stderr).toBe(EXIT.ok);
    const page = readFileSync(join(folder, "report.html"), "utf8");
    for (const text of ["My Lion", `--figure-my-lion:light-dark(${colour}`, `var(--figure-my-lion,${colour})`])
      expect(page).toContain(text);
  });
});

test("a plug-in decides the ids of the runs that use it, and of no others", async () => {
  const idsBy = async (name: string, text: string, methods = "adam, my_lion"): Promise<Record<string, string>> => {
    mkdirSync(join(folder, name));
    write(`${name}/lion.mjs`, text);
    write(`${name}/c.yaml`, config("same", "lion.mjs", methods, SYNTHETIC));
    const { code, stdout, stderr } = await metamd(folder, "plan", "--config", `${name}/c.yaml`, "--json");
    expect(code, stderr).toBe(EXIT.ok);
    const { cells } = JSON.parse(stdout) as Plan;
    return Object.fromEntries(
      cells.map(({ id, method, phase, seed, ...more }) => [
        JSON.stringify([method, phase, seed, { ...more, dependsOn: 0 }]),
        id,
      ]),
    );
  };
  const [one, other] = [await idsBy("one", LION), await idsBy("other", `${LION}\n`)];
  const same = Object.keys(one).filter((what) => one[what] === other[what]);
  expect(same).toEqual(Object.keys(one).filter((what) => what.startsWith('["adam"')));
  expect(Object.keys(one)).toEqual(Object.keys(other));
});

drill(
  "what changes while it runs is refused: by the process that reads it, by its workers, and by a task",
  async () => {
    const append = "appendFileSync(new URL(import.meta.url), '// more');";
    const IMPORT = 'import { appendFileSync } from "node:fs";\n';
    write("at-once.mjs", `${IMPORT}${append}\n${LION}`);
    write("later.mjs", `${IMPORT}setTimeout(() => { ${append} }, 0);\n${LION}`);
    for (const name of ["at-once", "later"]) {
      write(`${name}.yaml`, config(name, `${name}.mjs`, "my_lion", SYNTHETIC));
      const ran = await metamd(folder, "run", "--config", `${name}.yaml`, "--jobs", "2", "--engine", "wasm");
      expect([ran.code, ran.stderr]).toEqual([EXIT.data, expect.stringMatching(/\.mjs: its content has changed/)]);
      expect(existsSync(join(folder, "results", name)) ? recordsOf(name) : []).toEqual([]);
    }
  },
);

drill("a job array's task takes the plug-in as it was when that was submitted", async () => {
  write("task.yaml", config("task", "lion.mjs", "my_lion", SYNTHETIC));
  const program = async (body: string): Promise<string> => {
    const at = (path: string): string => JSON.stringify(join(packageRoot(), "dist", "src", "config", path));
    const head = `const { loadHeldPlugins, loadPlugins } = await import(${at("plugins.js")});
      const { heldValues, loadConfig, restoreConfig } = await import(${at("load.js")});`;
    const { code, stdout, stderr } = await inNode(`${head}\n${body}`, [], { folder });
    expect(code, stderr).toBe(EXIT.ok);
    return stdout;
  };
  const held = await program(`const flags = { config: "task.yaml" };
    let early = "loaded";
    try { loadConfig(flags); } catch ({ message }) { early = message; }
    await loadPlugins(flags);
    const config = loadConfig(flags);
    const { file, preset, hash: configHash } = config;
    console.log(JSON.stringify({ early, held: { file, preset, configHash, config: heldValues(config) } }));`);
  const { early, held: written } = JSON.parse(held) as { early: string; held: { configHash: string } };
  expect(early).toMatch(/task\.yaml:2 plugins\[0\] \.\/lion\.mjs: a plug-in that is not loaded[^]*await loadPlugins/);
  const restore = `const held = ${JSON.stringify(written)};
    try { await loadHeldPlugins(held.config, "x.json"); console.log(restoreConfig(held, "x.json", "datasets").hash); }
    catch ({ exitCode, message }) { console.log(exitCode, message); }`;
  expect((await program(restore)).trim()).toBe(written.configHash);
  write("lion.mjs", `${LION}// more`);
  expect(await program(restore)).toMatch(/^3 x\.json \.\/lion\.mjs: its content has changed/);
  write("lion.mjs", LION);
});

describe("a rule that is wrong", () => {
  const broken = (id: string, update: string, more = ""): string => `
    ${id}: { title: "${id}", summary: "broken", kind: "global rate", settings: z.strictObject({}), needs: [],
      statePerParameter: () => 0, extraWork: "", source: "a test", ${more}
      create: () => ({ init: () => ({}), update(grads, state, theta, { learningRate, weightDecay }) { ${update} } }) },`;
  const gradient = "const g = coupled(grads, theta, { learningRate, weightDecay });";
  const sgd = `${gradient} return { step: map((g) => mul(neg(learningRate), g), g), state };`;
  write(
    "broken.mjs",
    `import { coupled, map, ops, z } from "metamd-bench/plugins";
const { mul, neg, sign, sum } = ops;
let calls = 0;
export const optimisers = {
${broken("right", sgd)}
${broken("throws", "throw new Error('boom');")}
${broken("throws_later", `if (calls++ > 6) return theta.nothing.at.all; ${sgd}`)}
${broken("wrong_shape", "return { step: map((g) => sum(g), grads), state };")}
${broken("no_state", "return { step: grads };")}
${broken("diverges", "return { step: map((g, w) => mul(w, -1e9), grads, theta), state };")}
${broken("own_rate", sgd.replace("neg(learningRate)", "-0.01"))}
${broken("no_decay", "return { step: map((g) => mul(neg(learningRate), g), grads), state };")}
${broken("decays_apart", sgd.replace("neg(learningRate), g", "neg(learningRate), sign(g)"), "decaysApart: true,")}
${broken("says_more", sgd, "").replace("() => 0", "() => 1")}
${broken("climbs", `${gradient} return { step: map((g) => mul(learningRate, g), g), state };`)}
${broken("by_place", `${gradient} let i = 0; return { step: map((g) => mul(mul(neg(learningRate), ++i), g), g), state };`)}
${broken("remembers", `${gradient} calls++; return { step: map((g) => mul(mul(neg(learningRate), calls), g), g), state };`)}
};`,
  );
  const DESCENT = "the loss falls";

  test("fails its own runs, by name and line, and no others", async () => {
    write("fails.yaml", config("fails", "broken.mjs", "right, throws, wrong_shape, no_state, diverges", SYNTHETIC));
    const ran = await metamd(folder, "run", "--config", "fails.yaml", "--engine", "wasm", "--jobs", "1");
    expect(ran.code, ran.stderr).toBe(EXIT.runFailed);
    const why = (method: string): string[] => [
      ...new Set(
        recordsOf("fails")
          .filter(({ cell }) => cell.method === method)
          .map(({ state, failure = "" }) => `${state} ${failure}`),
      ),
    ];
    expect(why("right")).toEqual(["done "]);
    expect(why("diverges")).toEqual(["diverged "]);
    expect(why("throws")[0]).toMatch(/^failed throws of broken\.mjs: update threw: boom \(broken\.mjs:\d+\)/);
    expect(why("wrong_shape")[0]).toMatch(
      /^failed wrong_shape of broken\.mjs: update gives what does not fit: step\.fc1\.weight has the shape \[\]; it should have \[16, 784\]/,
    );
    expect(why("no_state")[0]).toMatch(/^failed no_state of broken\.mjs: [^]*state/);
    expect(ran.stderr).toMatch(/failed: 12 runs\n {2}throws of broken\.mjs: update threw: boom/);
  });

  test("is found by metamd check, which says what is not kept", async () => {
    const { code, stdout, stderr } = await metamd(folder, "check", "broken.mjs", "--json");
    expect(code, stderr).toBe(EXIT.runFailed);
    const checked = JSON.parse(stdout) as { method: string; contract: string; broken: Record<string, string> }[];
    const notKept = (method: string): string[] =>
      checked
        .filter((one) => one.method === method && Object.keys(one.broken).length > 0)
        .map(({ contract }) => contract);
    expect(notKept("right")).toEqual([]);
    expect(notKept("throws")).toHaveLength(new Set(checked.map(({ contract }) => contract)).size);
    expect(notKept("own_rate")).toEqual(
      expect.arrayContaining(["a learning rate of 0 gives a step of 0", "every step takes its own learning rate"]),
    );
    for (const id of ["no_decay", "decays_apart"]) expect(notKept(id)).toEqual(["weight decay acts as its entry says"]);
    expect(notKept("says_more")).toEqual(["has as much state as its entry says"]);
    expect(notKept("climbs")).toContain(DESCENT);
    expect(notKept("by_place")).toContain("the order of the parameters does not matter");
    expect(notKept("remembers")).toEqual(
      expect.arrayContaining([
        "the same numbers again, bit by bit",
        "compiled steps are eager ones in double precision",
      ]),
    );
    expect(notKept("wrong_shape")).toContain("keeps names and shapes, and leaves its inputs as they are");
  });

  drill("one method is checked alone, in a table; what is not there is not", async () => {
    const one = await metamd(folder, "check", "broken.mjs", "--method", "no_decay");
    expect(one.code).toBe(EXIT.runFailed);
    expect(one.stdout).toMatch(/no_decay +weight decay acts as its entry says +no: P0, MLP, batch normalisation/);
    expect(one.stderr).toMatch(/weight decay acts as its entry says, on MLP:\n {2}it changes nothing/);
    const none = await metamd(folder, "check", "broken.mjs", "--method", "no_decy");
    expect([none.code, none.stderr]).toEqual([
      EXIT.usage,
      expect.stringMatching(/--method: unknown name "no_decy"[^]*did you mean no_decay\?/),
    ]);
    const absent = await metamd(folder, "check", "nothing.mjs");
    expect([absent.code, absent.stderr]).toEqual([
      EXIT.usage,
      expect.stringMatching(/nothing\.mjs[^]*hint: check the path/),
    ]);
  });
});

drill("a config knows what its plug-ins bring: names, settings, schema, list of methods", async () => {
  write("knows.yaml", config("knows", "lion.mjs", "adam, my_lion", SYNTHETIC));
  const asked = async (...more: string[]): Promise<string> => {
    const { code, stderr } = await metamd(folder, "plan", "--config", "knows.yaml", ...more);
    expect(code, stderr).toBe(EXIT.usage);
    return stderr;
  };
  expect(await asked("--set", "methods=[my_lionn]")).toMatch(/accepted: .*my_lion[^]*did you mean my_lion\?/);
  expect(await asked("--set", "methodSettings.my_lion.beta1=2")).toMatch(
    /my_lion\.beta1: given 2\n.*accepted: numbers from 0 and below 1/,
  );
  expect(await asked("--set", "methodSettings.my_lion.beta3=0.5")).toMatch(
    /beta3: unknown key\n.*accepted: beta1, beta2/,
  );
  expect(await asked("--set", "plugins=[]")).toMatch(/knows\.yaml:\d+ methods\[1\]: given "my_lion"/);
  expect(await asked("--set", "plugins=[gone.mjs]")).toMatch(/--set plugins\[0\] gone\.mjs[^]*hint: check the path/);
  expect(await asked("--set", "plugins=lion.mjs")).toMatch(
    /--set plugins: given "lion\.mjs"\n.*accepted: a list of paths to modules/,
  );
  const listed = await metamd(folder, "methods", "--config", "knows.yaml", "--json");
  expect((JSON.parse(listed.stdout) as { id: string }[]).at(-1)).toMatchObject({
    id: "my_lion",
    defaults: { beta1: 0.9 },
  });
  const { stdout } = await metamd(folder, "config", "schema", "--config", "knows.yaml");
  expect(stdout).toContain('"my_lion"');
  write(
    "preset.yaml",
    `${config("preset", "lion.mjs", "adam", SYNTHETIC)}presets: { small: { plugins: [./lion.mjs] } }\n`,
  );
  const preset = await metamd(folder, "plan", "--config", "preset.yaml");
  expect([preset.code, preset.stderr]).toEqual([
    EXIT.usage,
    expect.stringMatching(/plug-ins of preset small alone\n.*accepted: plugins at the top/),
  ]);
});

drill("a model and a learner from outside go from meta-training to the tables and the report", async () => {
  write("own-model.js", readFileSync(join(packageRoot(), "test", "fixtures", "own-model.js"), "utf8"));
  const more = "metaTraining: { my_rate: { tries: 3 } }\n";
  const text = config("outside", "own-model.js", "sgd, my_rate", SYNTHETIC, more);
  write("outside.yaml", text.replace("{ kind: mlp, hidden: [16] }", "{ kind: one_hidden, units: 8 }"));
  const { code, stdout, stderr } = await metamd(folder, "run", "--config", "outside.yaml", "--engine", "wasm");
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("My rate");
  const learned = recordsOf("outside").find(({ cell }) => cell.phase === "meta-train")!;
  expect(learned.counts).toMatchObject({ gradientEvaluations: 3 });
  expect(losses("outside", "my_rate")).toHaveLength(1 + 2 + 2); // learned, tuned, tried
  expect((await metamd(folder, "report")).code).toBe(0);
});
