import { describe, expect, test } from "vitest";
import { compareCells, compareNumbers, type CellComparison } from "../../../src/reporting/paper/cells.js";
import { renderCells } from "../../../src/reporting/paper/tables.js";
import type { Evidence } from "../../../src/reporting/study-show.js";
import { analysis, evidence, experiment, inAll, type Values } from "./fixtures.js";

const find = (cells: readonly CellComparison[], row: string, column: string, table = "table1"): CellComparison =>
  cells.find((cell) => cell.row === row && cell.column === column && cell.table === table)!;

describe("printed numbers beside ours", () => {
  const domains = ["rotated-mnist/0", "rotated-mnist/15", "rotated-mnist/30"];
  const values: Values = {
    sgd: inAll(domains, [92, 92.2, 92.4]),
    adam: inAll(domains, [99, 99.1, 99.2]),
    metamd: { ...inAll(domains, [90, 90.1, 90.2]), "rotated-mnist/30": [90, undefined, 90] },
  };
  const of = (preset: string, standIn: string[] = []): CellComparison[] =>
    compareCells(evidence([experiment({ preset, values, standIn })]), "E2");

  test("match within twice both spreads and half a point, else above or below; lost where the paper's is", () => {
    const cells = of("paper");
    expect(cells).toHaveLength(42);
    expect(find(cells, "sgd", "15")).toMatchObject({
      paper: { mean: 91.91, std: 0.49 },
      ours: { n: 3 },
      verdict: "match",
    });
    expect(find(cells, "adam", "15").verdict).toBe("above");
    expect(find(cells, "metamd", "15").verdict).toBe("below");
    expect(find(cells, "sgd", "0")).toMatchObject({ ours: { n: 3 }, verdict: "lost" });
    expect(find(cells, "sgd", "0")).not.toHaveProperty("paper");
  });

  test("what has no verdict says why", () => {
    const cells = of("half", ["rotated-mnist/0"]);
    expect(find(cells, "metamd", "30")).toMatchObject({ why: "1 of 3 missing" });
    expect(find(cells, "metamd", "0")).toMatchObject({ why: "stand-in data" });
    expect(find(cells, "sgd", "75")).toMatchObject({ why: "column not run" });
    expect(find(cells, "l2o", "15")).toMatchObject({ why: "method not run" });
    expect(find(compareCells(evidence([])), "l2o", "15")).toMatchObject({ why: "not run" });
    for (const cell of [...cells, ...of("paper")]) expect(cell.verdict === undefined).toBe(cell.why !== undefined);
  });

  test.each(["desk", "smoke", "synthetic", "mine"])("preset %s gets none, only the numbers", (preset) => {
    for (const { verdict, why } of of(preset)) {
      expect(verdict).toBeUndefined();
      expect(why).toBe(`preset ${preset} is not of the paper's size`);
    }
    expect(find(of(preset), "sgd", "15").ours!.mean).toBeCloseTo(92.2, 10);
  });

  test("the rule at its edge", () => {
    expect(compareNumbers({ mean: 92, std: 0.3 }, { mean: 90.5, std: 0.4 }, 0.5)).toBe("match");
    expect(compareNumbers({ mean: 92.001, std: 0.3 }, { mean: 90.5, std: 0.4 }, 0.5)).toBe("above");
    expect(compareNumbers({ mean: 88.999, std: 0.3 }, { mean: 90.5, std: 0.4 }, 0.5)).toBe("below");
    expect(compareNumbers({ mean: 5 }, { mean: 5 }, 0)).toBe("match");
    expect(2 - 11 / 6).toBeGreaterThan(1 / 6);
    expect(compareNumbers({ mean: 11 / 6 }, { mean: 2 }, 1 / 6)).toBe("match");
    expect(compareNumbers({ mean: 1.8333 }, { mean: 2 }, 1 / 6)).toBe("below");
    expect(compareNumbers({ mean: Infinity }, { mean: 5 }, 0.5)).toBe("above");
  });

  test("as CSV", () => {
    const [heading, first, second] = renderCells(of("paper"), "csv").split("\n");
    expect(heading).toBe(
      "table,panel,method,column,paper_mean,paper_std,ours_mean,ours_std,n,diff,cell_verdict,numerics",
    );
    expect(first).toMatch(/^table1,top,sgd,0,,,92\.2\d*,0\.2\d*,3,,lost,2$/);
    expect(second).toMatch(/^table1,top,sgd,15,91\.91,0\.49,92\.2\d*,0\.2\d*,3,0\.2\d+,match,2$/);
  });
});

describe("areas and mean ranks", () => {
  const sets = { caltech256: 106.8, dtd: 434.23, flowers102: 111.32, pubfig83: 56.8 };
  const others = ["adam", "power_sign", "add_sign", "meta_sgd", "aruba", "aruba_plus", "meta_curvature", "metamd"];
  const held = (sgd: number): Evidence => {
    const around = (area: number): number[] => [area, area * 1.01, area * 0.99];
    const own = Object.fromEntries(Object.entries(sets).map(([domain, area]) => [domain, around(area * sgd)]));
    const rest = others.map((method, i) => [method, inAll(Object.keys(sets), around(1000 + 100 * i))]);
    const values = { sgd_momentum: own, ...(Object.fromEntries(rest) as Values) };
    return evidence([experiment({ id: "E5", metric: "auc", values })]);
  };

  test("an area may be a tenth of the printed one away", () => {
    expect(find(compareCells(held(1.09), "E5"), "sgd_momentum", "DTD", "table6").verdict).toBe("match");
    expect(find(compareCells(held(1.2), "E5"), "sgd_momentum", "DTD", "table6").verdict).toBe("above");
    expect(find(compareCells(held(0.8), "E5"), "sgd_momentum", "DTD", "table6").verdict).toBe("below");
  });

  test("a mean rank may be one rank on one dataset away, besides twice its spread over the trials", () => {
    const cells = compareCells(held(1), "E5");
    expect(find(cells, "sgd_momentum", "average_rank", "table6")).toMatchObject({
      paper: { mean: 4 },
      ours: { mean: 1, std: 0, n: 3 },
      verdict: "below",
    });
    expect(find(cells, "aruba", "average_rank", "table6")).toMatchObject({ ours: { mean: 6 }, verdict: "below" });
    expect(find(cells, "meta_sgd", "average_rank", "table6")).toMatchObject({ ours: { mean: 5 }, verdict: "match" });
  });

  test("Table 8's are compared with the recomputed ones", () => {
    expect(find(compareCells(evidence([]), "E8"), "sgd_momentum", "average_rank", "table8").paper).toEqual({
      mean: 2.75,
    });
  });
});

describe("times, counts and datasets", () => {
  const time = (method: string, mean: number) => ({
    method,
    mean,
    std: 0.5,
    blocks: 10,
    blockSteps: 10,
    gradient: 1,
    preconditioning: 1,
    update: 1,
  });
  test("times are compared as ratios to SGD-M's", () => {
    const of = (metamd: number, methods = ["sgd_momentum"]): CellComparison[] => {
      const rows = [...methods.map((method) => time(method, 20)), time("metamd", metamd)];
      return compareCells(evidence([], [analysis({ kind: "step-times", rows } as never)]), "E5");
    };
    expect(find(of(22), "metamd", "time", "table7")).toMatchObject({ paper: { mean: 131.12 }, verdict: "match" });
    expect(find(of(30), "metamd", "time", "table7").verdict).toBe("above");
    expect(find(of(22), "sgd_momentum", "time", "table7")).toMatchObject({ why: "the others are compared with it" });
    expect(find(of(22, []), "metamd", "time", "table7")).toMatchObject({ why: "without SGD-M there is no ratio" });
  });

  test("meta-parameters agree or do not", () => {
    const rows = [
      { method: "metamd", count: 35923, byBlock: {} },
      { method: "meta_sgd", count: 11176512, byBlock: {} },
    ];
    const cells = compareCells(evidence([], [analysis({ kind: "meta-parameters", modelParameters: 1, rows })]), "E5");
    expect(find(cells, "meta_sgd", "count", "table9").verdict).toBe("match");
    expect(find(cells, "metamd", "count", "table9").verdict).toBe("below");
  });

  test("datasets: training images are those of training and validation, Caltech's of training alone", () => {
    const row = { group: "meta_test" as const, test: 1880, classes: 47, tag: "real" as const };
    const rows = [
      { ...row, domain: "dtd", train: 1880, validation: 1880 },
      { ...row, domain: "pets", train: 3000, validation: 680, test: 3669, classes: 37 },
      { ...row, domain: "flowers102", train: 1020, validation: 1020, tag: "synthetic" as const },
      { ...row, domain: "caltech256", train: 12800, validation: 2560, test: 5120, classes: 256 },
    ];
    const cells = compareCells(evidence([], [analysis({ kind: "datasets", rows })]), "E5");
    expect(find(cells, "DTD", "train", "table4")).toMatchObject({ paper: { mean: 3760 }, verdict: "match" });
    expect(find(cells, "Pets", "train", "table4").verdict).toBe("below");
    expect(find(cells, "Pets", "classes", "table4").verdict).toBe("match");
    expect(find(cells, "Caltech", "train", "table4")).toMatchObject({ ours: { mean: 12800 }, verdict: "match" });
    expect(find(cells, "Flowers", "train", "table4").why).toBe("stand-in data");
    expect(find(cells, "Aircraft", "train", "table4").why).toBe("not run");
  });

  test("the iterations of figure 1 are of one displayed task", () => {
    const series = [{ task: 0, iterations: 30, converged: 1 }];
    const one = { kind: "quadratic", family: "top", method: "metamd", variant: "tuned" };
    const cells = compareCells(evidence([], [analysis(one as never, series)]), "E1");
    expect(find(cells, "metamd", "iterations", "fig1")).toMatchObject({
      panel: "top",
      paper: { mean: 23 },
      ours: { mean: 30 },
      why: "the paper's is of one displayed task",
    });
  });
});
