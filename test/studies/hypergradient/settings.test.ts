import { describe, expect, it } from "vitest";
import { loadHypergradient } from "../../../src/studies/hypergradient/settings.js";
import { userError } from "../../support/folder.js";

const config = "configs/hypergradient.yaml";
const load = (...set: string[]) => loadHypergradient({ config, set });
const refused = (...set: string[]): string => userError(() => load(...set)).message;

describe("the config of the comparison of hypergradients", () => {
  it("is sound in every preset", () => {
    const of = (preset: string) => loadHypergradient({ config, preset }).value;
    expect(["paper", "desk", "smoke"].map((preset) => of(preset).seeds)).toEqual([10, 3, 2]);
    expect(of("paper")).toMatchObject({
      domain: "mnist",
      model: { kind: "mlp", hidden: [32, 32] },
      batchSize: 64,
      normalise: false,
      horizons: [1, 2, 5, 10, 20, 50, 100, 200],
      neumann: { alpha: "from-m", terms: 20, scaled: true },
      learning: {
        mode: "alg2",
        innerSteps: 500,
        innerLearningRate: 0.1,
        initialisation: { kind: "spectral", steps: 5 },
      },
    });
    expect(of("desk").horizons).toEqual(of("paper").horizons);
    expect(of("smoke").domain).toBe("synthetic-digits");
  });

  it("is the same however many seeds there are", () => {
    expect(load("seeds=3").hash).toBe(load().hash);
    expect(load("normalise=true").hash).not.toBe(load().hash);
  });

  it("refuses the rest", () => {
    expect(refused("horizons=[1,20,1]")).toContain("horizons[2]");
    expect(refused("domain=minst")).toContain("did you mean mnist?");
    expect(refused("learning.mode=direct", "learning.inverse={kind: neumann}")).toContain(
      "learning.inverse: given a Neumann series, but mode direct of metamd inverts nothing",
    );
    expect(userError(() => loadHypergradient({ config: "configs/quickstart.yaml" })).message).toContain(
      "accepted: one of metamd analyse hypergradient",
    );
  });
});
