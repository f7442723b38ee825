import { existsSync } from "node:fs";
import { join } from "node:path";
import { EXIT, UserError } from "../../core/errors.js";
import { largestEigenvalues } from "../../core/linear/lanczos.js";
import { dot } from "../../core/linear/vectors.js";
import { namedStream } from "../../core/rng.js";
import { map } from "../../core/tree.js";
import { hessianProducts } from "./hessian.js";
import type { Values } from "../shared/point.js";
import type { ResolvedConfig } from "../../config/load.js";
import { classOrders, draw } from "../../data/index.js";
import { stateDict } from "../../models/torch-layout.js";
import { imageBatches } from "../../training/images.js";
import type { Batch, Batches } from "../../training/problem.js";
import { writeSafetensors } from "../../records/safetensors.js";
import { writing } from "../../records/writable.js";
import { beginOn, programKey, type AnalysisContext } from "../shared/context.js";
import { sharpnessKind } from "./record.js";
import { analysisId } from "../shared/begin.js";
import type { SolutionAnalysis } from "../shared/analyse.js";
import { storedValues, type Solution } from "../shared/solution.js";

/** What decides the numbers of a sharpness besides the run. */
function settingsOf({ analysis }: ResolvedConfig) {
  const { images, lanczosSteps, eigenvalues, tolerance, products } = analysis;
  return { images, lanczosSteps, eigenvalues, tolerance, products };
}

export const sharpnessId = (config: ResolvedConfig, run: string): string =>
  analysisId(sharpnessKind, { run, settings: settingsOf(config) });

/** Finds the largest eigenvalues of the training loss' Hessian at a solution, and writes them with the eigenvector of the
 *  largest. The loss is that of a class-balanced draw of training images as they are, the same for every method and
 *  trial; Lanczos begins at the same vector for all. */
export async function sharpness(context: AnalysisContext, solution: Solution): Promise<void> {
  const { session, config, programs, analyses } = context;
  const { domain, problem, values, subject } = solution;
  const settings = settingsOf(config);
  const id = sharpnessId(config, subject.cell.id);
  const head = beginOn(sharpnessKind, context, solution, id, settings);
  const split = await domain.split("trainAll");
  const only = draw(classOrders(split.labels, domain.classes), settings.images);
  const normalisation = await session.domain(domain.id).normalisation();
  // A training step's batch fits in memory; a product takes about twice as much as a gradient.
  const batches = imageBatches({ split, normalisation, only, batchSize: config.training.batchSize });
  try {
    const key = [programKey(solution, batches.sizes), settings.products];
    const compile = () => hessianProducts(session.engine, problem, batches.sizes, settings.products);
    const products = programs.of("sharpness", key, compile);
    const passes = products.passes * batches.perEpoch * (settings.lanczosSteps + 1);
    const pause = context.begin("sharpness", passes);
    const found = await largestEigenvalues(
      (v) => products.product(values, v, () => once(batches), pause),
      products.layout.size,
      {
        steps: settings.lanczosSteps,
        count: settings.eigenvalues,
        tolerance: settings.tolerance,
        uniform: namedStream(config.seed, "lanczos"),
      },
    );
    if (analyses.has(id)) return;
    const direction = map((part) => Float32Array.from(part), products.layout.parts(found.vector));
    const tensors = stateDict({ parameters: problem.parameters }, direction);
    const metadata = { format: "pt", run: subject.cell.id, eigenvalue: String(found.values[0]) };
    const file = vectorFile(context, id);
    writing(analyses.folderOf(id), () => writeSafetensors(file, { tensors, metadata }));
    const theta = products.layout.joined(values);
    analyses.write(
      sharpnessKind,
      {
        ...head(),
        images: only.length,
        eigenvalues: [...found.values],
        estimates: [...found.estimates],
        residual: found.residual,
        converged: found.converged,
        products: found.products,
        scaleFreeEigenvalue: found.values[0]! * dot(theta, theta),
      },
      {},
    );
  } finally {
    batches.close();
  }
}

/** The unit eigenvector that a sharpness left.
 *  @throws UserError (data) where its file is gone or damaged. */
export function eigenvector(context: AnalysisContext, { problem }: Solution, id: string): Values {
  const path = vectorFile(context, id);
  if (existsSync(path)) return storedValues({ parameters: problem.parameters }, path);
  throw new UserError(EXIT.data, {
    where: path,
    given: "missing",
    accepted: "the eigenvector that the analysis beside it found",
    hint: `delete ${context.analyses.folderOf(id)}, then the same command makes it again`,
  });
}

const vectorFile = ({ analyses }: AnalysisContext, id: string): string =>
  join(analyses.folderOf(id), "eigenvector.safetensors");

function* once(batches: Batches): Generator<Batch> {
  for (let t = 1; t <= batches.perEpoch; t++) yield batches.at(t);
}

export const sharpnessAnalysis: SolutionAnalysis<typeof sharpnessKind> = {
  kind: sharpnessKind,
  tasks: (config, run) => [{ id: sharpnessId(config, run), make: sharpness }],
};
