import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { makeFolders, packageRoot } from "../../core/files.js";
import { encodeSafetensors } from "../../records/safetensors.js";
import { pytorchFile, type TakenHome } from "./pytorch-file.js";
import { pytorchReadme } from "./pytorch-readme.js";

const CLASS_FILE = "metamd_optim.py";

/** Writes the folder that applies a learned optimiser in PyTorch: the class, what was learned, and a README with an example.
 *  It is made beside its place and then renamed: it is there whole, or not at all.
 *  @param folder new. */
export function writePytorchFolder(folder: string, taken: TakenHome): void {
  const files = {
    [CLASS_FILE]: readFileSync(join(packageRoot(), "src", "runs", "take-home", CLASS_FILE)),
    "optimiser.safetensors": encodeSafetensors(pytorchFile(taken)),
    "README.md": pytorchReadme(taken),
  };
  const beside = `${resolve(folder)}.tmp-${process.pid}`;
  try {
    makeFolders(beside);
    for (const [name, contents] of Object.entries(files)) writeFileSync(join(beside, name), contents);
    renameSync(beside, folder);
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
}
