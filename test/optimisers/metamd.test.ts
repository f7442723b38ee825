import { expect, test } from "vitest";
import { openNamedEngine } from "../../src/engine/open.js";
import { closeTo } from "../support/numbers.js";
import { P0_START, p0, programOf } from "../support/problems.js";

/** Where a step of 0.1 leads from (1, -2), whose gradient is (1, -2.3). */
async function afterOneStep(settings: object, weightDecay = 0): Promise<number[]> {
  const program = programOf(await openNamedEngine("reference"), "metamd", p0, [1], settings);
  program.start(P0_START);
  program.step({ size: 1, feeds: {} }, 1, { learningRate: 0.1, weightDecay });
  const { x, y } = program.theta();
  program.dispose();
  return [x![0]!, y![0]!];
}
const length = Math.hypot(1, 2.3);

test("a gradient longer than the clip is shortened to it, all parameters at once", async () => {
  closeTo(await afterOneStep({ clip: 0.5 }), [1 - 0.05 / length, -2 + (0.05 * 2.3) / length], 1e-12);
});

test("a shorter one stays as it is", async () => {
  closeTo(await afterOneStep({ clip: 3 }), [0.9, -1.77], 1e-12);
  expect(await afterOneStep({ clip: 3 })).toEqual(await afterOneStep({}));
});

test("weight decay comes after it, and is not shortened", async () => {
  const [x, y] = await afterOneStep({ clip: 0.5 });
  closeTo(await afterOneStep({ clip: 0.5 }, 0.2), [x! - 0.1 * 0.2, y! + 0.1 * 0.2 * 2], 1e-12);
});
