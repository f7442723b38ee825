import { dot, norm } from "../../core/linear/vectors.js";
import type { HypergradientConfig } from "./settings.js";
import { EXIT, UserError } from "../../core/errors.js";
import { map, type Leaves } from "../../core/tree.js";
import type { MatrixView } from "../../engine/parameters.js";
import { bregmanHypergradient, inverseOf, type Inverse, type Mode } from "../../meta/metamd/hypergradient.js";
import type { Blocks, InnerRun, InnerRunner } from "../../meta/metamd/inner-runs.js";
import { normalise as normalised } from "../../meta/metamd/initialise-blocks.js";
import type { MetaTask } from "../../meta/meta-learner.js";
import { differenceMatrix } from "../../meta/metamd/stored-matrix.js";
import type { Hypergradients } from "./record.js";

/** What is compared with the true derivative: every mode with the exact inverse, and Algorithm 2 with the series. */
const COMPARED: Readonly<Record<string, { readonly mode: Mode; readonly inverse: "exact" | "neumann" }>> = {
  alg2: { mode: "alg2", inverse: "exact" },
  direct: { mode: "direct", inverse: "exact" },
  eq13: { mode: "eq13", inverse: "exact" },
  "ift-only": { mode: "ift-only", inverse: "exact" },
  neumann: { mode: "alg2", inverse: "neumann" },
};
/** All blocks as one vector. */
const ALL = "all";

type Point = Hypergradients["points"][number];
type Row = Hypergradients["rows"][number];

/** What hypergradients are compared on. */
interface ComparedRuns {
  readonly runner: InnerRunner;
  readonly task: MetaTask;
  readonly views: Leaves<MatrixView>;
  /** Of weights and batches: the same for every M. */
  readonly seed: number;
}

/** Compares every mode's hypergradient of the Bregman objective with its true derivative on one run with this M: on its
 *  first T steps, for every T. With `normalise` every block's divergence is weighed with 1/|D|², in both, as meta-training
 *  does it; a mode's cosine in a layer changes only because the true derivative weighs what its M does to other layers.
 *  @throws UserError (run failed) where the run diverges. */
export async function compareAt(
  point: Point["point"],
  blocks: Blocks,
  { runner, task, views, seed }: ComparedRuns,
  { horizons, neumann, normalise }: Pick<HypergradientConfig, "horizons" | "neumann" | "normalise">,
): Promise<{ readonly point: Point; readonly rows: readonly Row[] }> {
  const ascending = [...horizons].sort((x, y) => x - y);
  const run = await runner.run(task, blocks, seed, ascending.at(-1)!, { keep: true });
  if (run.displacements === undefined) throw diverged(point, run);
  const inverses: Readonly<Record<"exact" | "neumann", Inverse>> = {
    exact: { kind: "exact" },
    neumann: inverseOf(Object.values(blocks), { kind: "neumann", ...neumann }),
  };
  const rows: Row[] = [];
  for (const horizon of ascending) {
    const thetas = run.thetas.slice(0, horizon + 1);
    const truth = joined(await runner.hypergradient(task, blocks, seed, thetas));
    const used = map((view, name) => {
      const d = differenceMatrix(thetas[0]![name]!, thetas[horizon]![name]!, view);
      return normalise ? normalised(d) : d;
    }, views);
    const modes = map(
      ({ mode, inverse }) =>
        joined(map((block, d) => bregmanHypergradient(block, d, mode, inverses[inverse]), blocks, used)),
      COMPARED,
    );
    for (const [layer, exact] of Object.entries(truth))
      rows.push({
        point,
        horizon,
        layer,
        length: norm(exact),
        modes: map((vectors) => agreement(vectors[layer]!, exact), modes),
      });
  }
  return {
    point: {
      point,
      blocks: map(({ a, b }) => ({ s: dot(a, a), t: dot(b, b) }), blocks),
      losses: ascending.map((horizon) => run.losses[horizon - 1]!),
    },
    rows,
  };
}

/** a and b of every block as one vector, and all blocks as one. */
function joined(gradient: Blocks): Record<string, Float64Array> {
  const byBlock = map(({ a, b }) => Float64Array.of(...a, ...b), gradient);
  return { ...byBlock, [ALL]: Float64Array.from(Object.values(byBlock).flatMap((vector) => [...vector])) };
}

function agreement(given: Float64Array, exact: Float64Array): Row["modes"][string] {
  const lengths = [norm(given), norm(exact)] as const;
  return { cosine: dot(given, exact) / (lengths[0] * lengths[1]), lengthRatio: lengths[0] / lengths[1] };
}

const diverged = (point: string, { losses }: InnerRun): UserError =>
  new UserError(EXIT.runFailed, {
    where: `inner run with the ${point} M`,
    given: `diverged after ${losses.length} steps`,
    hint: "lower learning.innerLearningRate or the horizons",
  });
