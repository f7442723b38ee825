import type { Batches } from "./problem.js";

/** Uses batches and closes them, also when that fails or is interrupted. */
export async function withBatches<Result>(
  batches: Batches,
  use: (batches: Batches) => Promise<Result>,
): Promise<Result> {
  try {
    return await use(batches);
  } finally {
    batches.close();
  }
}
