import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { EXIT, UserError } from "../../core/errors.js";
import { makeFolders, packageRoot, writeAtomicParts } from "../../core/files.js";
import { withBytes } from "../../core/large-file.js";
import { saving } from "../../core/system-error.js";
import type { ResolvedConfig } from "../../config/load.js";
import { readLearned, type LearnedFile } from "../../records/learned.js";
import { listExperiments, openRunStore, type RunStore } from "../../records/store.js";
import { safetensorsParts } from "../../records/safetensors.js";
import { imageChannels, inputScaling } from "./input-scaling.js";
import { PYTORCH_METHODS, pytorchFile, type TakenHome } from "./pytorch-file.js";
import { startingRate, tunedRates } from "./tuned-rates.js";
import { pytorchReadme } from "./pytorch-readme.js";

/** What a learned optimiser is exported as: the file that a config's learnedFiles take, or a folder for PyTorch. */
export type ExportFormat = "metamd" | "pytorch";

/** What is exported, and where to. */
export interface ExportRequest {
  /** Results folder. */
  readonly results: string;
  /** Folder of all datasets. */
  readonly data: string;
  /** Id of the meta-training, or its beginning. */
  readonly run: string;
  readonly format: ExportFormat;
  /** Absent: METHOD-RUN.safetensors, or for PyTorch the folder METHOD-RUN. */
  readonly to?: string | undefined;
}

/** Copies a learned optimiser out of a results folder, once it has been read whole.
 *  @returns where it was written, and what.
 *  @throws UserError: (usage) there is none, or several, with those that there are, or the place is taken; (data) the file
 *  is damaged. */
export function exportLearned(request: ExportRequest): { readonly path: string; readonly file: LearnedFile } {
  const { store, id } = foundRun(request.results, request.run);
  const source = store.learnedFile(id);
  const file = readLearned(source);
  const named = `${file.method}-${id}`;
  const pytorch = request.format === "pytorch";
  if (pytorch && !PYTORCH_METHODS.includes(file.method)) throw ofPlugin(file.method);
  const path = request.to ?? (pytorch ? named : `${named}.safetensors`);
  if (existsSync(path)) {
    const accepted = pytorch ? "a new folder" : "a new file";
    const fault = { where: path, given: "it exists already", accepted, hint: "name another with --to" };
    throw new UserError(EXIT.usage, fault);
  }
  saving(path, () => {
    if (pytorch) writePytorchFolder(path, takenHome(store, file, request.data));
    else withBytes(source, (bytes) => writeAtomicParts(path, bytes.pieces()));
  });
  return { path, file };
}

const ofPlugin = (method: string): UserError =>
  new UserError(EXIT.usage, {
    where: "--format pytorch",
    given: `what ${method} learned, whose rule a plug-in brings`,
    accepted: PYTORCH_METHODS.join(", "),
    hint: "export it as a file for learnedFiles: --format metamd",
  });

function takenHome(store: RunStore, learned: LearnedFile, data: string): TakenHome {
  // A plan's config is a resolved one, as plain values.
  const { suite } = store.plan()!.config as unknown as ResolvedConfig;
  const rates = tunedRates(store, learned.run);
  return {
    learned,
    channels: imageChannels(suite, learned.domains[0]!, data),
    scaling: inputScaling(suite),
    rates,
    start: startingRate(learned, rates),
  };
}

function foundRun(results: string, run: string): { readonly store: RunStore; readonly id: string } {
  const all = listExperiments(results).flatMap((name) => {
    const store = openRunStore(results, name);
    const cells = (store.plan()?.cells ?? []).filter(({ phase }) => phase === "meta-train");
    return cells.flatMap(({ id, method, holdout }) => {
      const what = `${id} (${name}, ${method}${holdout === undefined ? "" : ` without ${holdout}`})`;
      return existsSync(store.learnedFile(id)) ? [{ id, store, what }] : [];
    });
  });
  const found = all.filter(({ id }) => id.startsWith(run));
  const [first] = found;
  if (first !== undefined && new Set(found.map(({ id }) => id)).size === 1) return first;
  const given = `${first === undefined ? "no" : "several"} learned optimisers begin with ${JSON.stringify(run)}`;
  const listed = (first === undefined ? all : found).map(({ what }) => what).join(", ");
  throw new UserError(EXIT.usage, {
    where: `export in ${results}`,
    given,
    accepted: listed || "none yet",
    hint: "metamd meta-train makes one",
  });
}

const CLASS_FILE = "metamd_optim.py";

/** Writes the folder that applies a learned optimiser in PyTorch: the class, what was learned, and a README with an example.
 *  It is made beside its place and then renamed: it is there whole, or not at all.
 *  @param folder new.
 *  @internal Exported for tests. */
export function writePytorchFolder(folder: string, taken: TakenHome): void {
  const files = {
    [CLASS_FILE]: [readFileSync(join(packageRoot(), "src", "runs", "take-home", CLASS_FILE))],
    "optimiser.safetensors": safetensorsParts(pytorchFile(taken)),
    "README.md": [pytorchReadme(taken)],
  };
  const beside = `${resolve(folder)}.tmp-${process.pid}`;
  try {
    makeFolders(beside);
    for (const [name, parts] of Object.entries(files)) writeAtomicParts(join(beside, name), parts);
    renameSync(beside, folder);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}
