import { describe, expect, it } from "vitest";
import { loadCertificate } from "../../../src/studies/certificate/settings.js";
import { userError } from "../../support/folder.js";

const config = "configs/certificate.yaml";
const refused = (...set: string[]): string => userError(() => loadCertificate({ config, set })).message;

describe("the certificate's config", () => {
  it("is sound in every preset", () => {
    const tasks = ["paper", "desk", "smoke"].map(
      (preset) => loadCertificate({ config, preset }).value.quadratics.tasks,
    );
    expect(tasks).toEqual([[8, 32, 128], [32], [8]]);
    const { value } = loadCertificate({ config });
    expect(value).toMatchObject({ experiment: "E10", delta: 0.05, parts: ["A", "B", "C"] });
    expect(value.softmax.learning).toMatchObject({ outerSteps: 25, innerSteps: 500, mode: "alg2", cap: 30 });
  });

  it("names what makes part A smaller than the shipped one's", () => {
    for (const preset of ["paper", "desk", "smoke"]) expect(loadCertificate({ config, preset }).ownSize).toEqual([]);
    const of = (...set: string[]): readonly string[] => loadCertificate({ config, set }).ownSize;
    expect(of("quadratics.redraws=20", "softmax.trainImages=100")).toEqual(["quadratics.redraws"]);
    expect(of("quadratics.steps=[100, 1000]")).toEqual(["quadratics.steps"]);
  });

  it("is the same whatever parts are computed", () => {
    const { hash } = loadCertificate({ config });
    expect(loadCertificate({ config, set: ["parts=[A]"] }).hash).toBe(hash);
    expect(loadCertificate({ config, set: ["delta=0.1"] }).hash).not.toBe(hash);
  });

  it("takes C as a number or by union bound, and refuses the rest", () => {
    const union = loadCertificate({ config, set: ["quadratics.families.top.c={union: 0.1}"] });
    expect(union.value.quadratics.families.top).toEqual({ c: { union: 0.1 }, r: 8 });
    expect(refused("quadratics.families.top.c=-1")).toContain("accepted: a number above 0, or {union: number}");
    expect(refused("delta=1")).toContain("accepted: numbers above 0 and below 1");
    expect(refused("parts=[A,A]")).toContain('given "A" twice');
    expect(refused("quadratics.steps=[10,10]")).toContain("given 10 twice");
    expect(refused("softmax.novel=rotated-mnist/0")).toBe(
      "--set softmax.novel: given rotated-mnist/0, which is learned on\n" +
        "  accepted: a rotation that is not in softmax.domains\n  hint: take it out of there, or choose another",
    );
    expect(refused("softmax.novel=rotated-mnist/1")).toContain("did you mean rotated-mnist/0?");
  });
});
