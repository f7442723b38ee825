import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { METHOD_IDS, OPTIMISERS, type MethodId } from "../../src/optimisers/index.js";
import { closeTo } from "../support/numbers.js";
import { eachEngine } from "../support/engines.js";
import { P0_START, p0, programOf } from "../support/problems.js";

interface Row {
  readonly learningRate: number;
  readonly weightDecay?: number;
  readonly settings?: object;
  readonly points: readonly (readonly [number, number] | null)[];
}
const golden = JSON.parse(readFileSync(new URL("../golden/p0.json", import.meta.url), "utf8")) as Record<string, Row[]>;
const rows = METHOD_IDS.flatMap((id) => (golden[id] ?? []).map((row) => ({ id, row, name: nameOf(id, row) })));

function nameOf(id: MethodId, { learningRate, weightDecay = 0, settings = {} }: Row): string {
  return `${id}, learning rate ${learningRate}, weight decay ${weightDecay}, ${JSON.stringify(settings)}`;
}

test("every method without learned values has its check values", () => {
  const plain = METHOD_IDS.filter((id) => OPTIMISERS[id].needs.length === 0 && OPTIMISERS[id].learned === undefined);
  expect(
    Object.keys(golden)
      .filter((key) => key !== "made by")
      .sort(),
  ).toEqual(plain.sort());
});

describe("check values on P0", async () => {
  await eachEngine(({ name: engineName, use, tolerance }) => {
    test.each(rows)("$name", async ({ id, row }) => {
      const program = programOf(await use(), id, p0, [1], row.settings);
      program.start(P0_START);
      const scalars = { learningRate: row.learningRate, weightDecay: row.weightDecay ?? 0 };
      for (const [index, point] of row.points.entries()) {
        program.step({ size: 1, feeds: {} }, index + 1, scalars);
        if (point === null) continue;
        const { x, y } = program.theta();
        // The table prints 12 decimals.
        closeTo([x![0]!, y![0]!], point, engineName === "reference" ? 1e-11 : tolerance);
      }
      program.dispose();
    });
  });
});
