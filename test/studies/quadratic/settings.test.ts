import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import { loadQuadratic } from "../../../src/studies/quadratic/settings.js";
import { shippedConfigs } from "../../../src/config/shipped.js";
import { EXIT } from "../../../src/core/errors.js";
import { scratchFolder, userError } from "../../support/folder.js";
import { configWriter } from "../../config/fixtures.js";

const write = configWriter(scratchFolder());
const SHIPPED = "configs/quadratic.yaml";
const BASE = `study: quadratic
name: small
families:
  top: { curvature: [0.3, 14] }
baselines:
  learningRates: { sgd: [0.03], sgd_momentum: [0.03], adam: [0.1] }
presets:
  smoke:
    test: { tasks: 2 }
`;
const base = write(BASE);
const refused = (file: string, ...set: string[]): string =>
  userError(() => loadQuadratic({ config: file, set })).message;

describe("the config of the two-dimensional study", () => {
  it("has every default filled in, which the shipped one only repeats", () => {
    const { value, preset, experimentFolder } = loadQuadratic({ config: base });
    expect({ preset, experimentFolder }).toEqual({ preset: "paper", experimentFolder: "small" });
    const shipped = loadQuadratic({ config: SHIPPED }).value;
    expect(value.learning).toEqual(shipped.learning);
    expect(value.tasks).toEqual(shipped.tasks);
    expect(value.test).toEqual({ tasks: 100, gradientNorm: 1e-4, maxIterations: 200_000 });
    expect(value.test).toEqual(shipped.test);
    expect(shipped.families).toEqual({ top: { curvature: [0.3, 14] }, bottom: { curvature: [0.02, 14] } });
    expect(shipped.experiment).toBe("E1");
  });

  it("names what is smaller than in the shipped one at the same preset", () => {
    const of = (config: string, preset?: string, ...set: string[]): readonly string[] =>
      loadQuadratic({ config, preset, set }).ownSize;
    for (const preset of ["paper", "desk", "smoke"]) expect(of(SHIPPED, preset)).toEqual([]);
    expect(of(SHIPPED, "paper", "test.tasks=20", "learning.k=0.1")).toEqual(["test.tasks"]);
    expect(of(SHIPPED, "desk", "test.tasks=20")).toEqual([]);
    expect(of(SHIPPED, "paper", "families.top.curvature=[1, 2]")).toEqual(["families"]);
    expect(of(SHIPPED, "paper", "baselines.learningRates.sgd=[0.03]")).toEqual(["baselines.learningRates.sgd"]);
    expect(of(base)).toContain("families");
  });

  it("takes presets, --set and --seed like an experiment's", () => {
    const config = loadQuadratic({ config: base, preset: "smoke", set: ["learning.k=0.1"], seed: 3 });
    expect(config).toMatchObject({
      experimentFolder: "small-smoke",
      value: { test: { tasks: 2 }, learning: { k: 0.1 }, seed: 3 },
    });
    expect(config.hash).not.toBe(loadQuadratic({ config: base }).hash);
    const renamed = loadQuadratic({ config: base, set: ["name=other", "title=Another"] });
    expect(renamed.hash).toBe(loadQuadratic({ config: base }).hash);
    const desk = loadQuadratic({ config: SHIPPED, preset: "desk" }).value;
    expect(desk).toMatchObject({ learning: { outerSteps: 200 }, test: { tasks: 20, maxIterations: 50_000 } });
  });

  it("names lines, unknown keys and what was meant", () => {
    const file = write(BASE.replace("  top: {", "  topp: {").replace("tasks: 2", "task: 2"));
    expect(refused(file)).toBe(
      `${file}:4 families.topp: unknown key\n  accepted: top, bottom\n  hint: did you mean top?\n` +
        `${file}:9 presets.smoke.test.task: unknown key\n  accepted: tasks, gradientNorm, maxIterations\n` +
        "  hint: did you mean tasks?",
    );
    expect(refused(base, "learning.hypergradient=closed")).toContain(
      '--set learning.hypergradient: given "closed"\n  accepted: closed-form, general\n',
    );
    expect(refused(base, "families.top.curvature=[1,-1]")).toContain("given -1\n  accepted: numbers above 0");
    expect(refused(base, "families.top.curvature=[1]")).toContain("accepted: a list of two numbers above 0");
    expect(refused(base, "baselines.learningRates.sgd=[0.1,0.1]")).toContain("given 0.1 twice");
  });

  it("has a family, and says how to begin", () => {
    expect(refused(write(BASE.replace("  top: { curvature: [0.3, 14] }", "  {}")))).toContain(
      ":3 families: no family\n  accepted: top, bottom",
    );
    expect(refused(write(""))).toContain("hint: begin with study: quadratic, name, families and baselines");
    const none = userError(() => loadQuadratic({})).message;
    expect(none).toContain(`accepted: a YAML file; shipped: ${SHIPPED}`);
  });
});

describe("configs of one command given to another", () => {
  it("name the command", () => {
    const error = userError(() => loadConfig({ config: SHIPPED }));
    expect(error.exitCode).toBe(EXIT.usage);
    expect(error.message).toBe(
      `${SHIPPED}:4 study: a config of metamd quadratic\n  accepted: one of an experiment\n` +
        `  hint: metamd quadratic --config ${SHIPPED}`,
    );
    expect(refused("configs/quickstart.yaml")).toBe(
      "configs/quickstart.yaml:4: a config of metamd run\n  accepted: one of metamd quadratic\n" +
        "  hint: metamd run --config configs/quickstart.yaml",
    );
  });

  it("are not among the experiments'", () => {
    expect(shippedConfigs("quadratic").map((path) => path.split("/").at(-1))).toEqual(["quadratic.yaml"]);
    expect(shippedConfigs().some((path) => path.endsWith("quadratic.yaml"))).toBe(false);
    expect(shippedConfigs().some((path) => path.endsWith("quickstart.yaml"))).toBe(true);
  });

  it("that name no study are refused by their schema", () => {
    expect(refused(write(BASE.replace("study: quadratic", "study: cubic")))).toContain(
      'study: given "cubic"\n  accepted: quadratic',
    );
  });
});
