import { EXIT, UserError } from "../../core/errors.js";
import { hasChecksum, type ManifestDataset } from "../manifest.js";
import { TREE, trust, trustedSum } from "../store/sums.js";
import { treeRecord, type TreeFile } from "../store/tree.js";
import { compareWithList } from "./checksum-list.js";
import type { Extracted } from "./gather.js";
import type { StagedFile } from "./stage.js";

interface JudgeOptions {
  /** What stands for the archives. */
  readonly extracted?: Extracted | undefined;
  readonly partial?: boolean;
  readonly trustOnFirstUse?: boolean;
}

/** Whether the extracted files are known to be the official ones: from official archives, by a list of checksums, or
 *  trusted before or now. @throws UserError (data) when they are not, unless a part is asked for. */
export function judgeTree(
  root: string,
  id: string,
  tree: readonly TreeFile[] | undefined,
  list: readonly TreeFile[] | undefined,
  { extracted, partial, trustOnFirstUse }: JudgeOptions,
): "official" | "trusted" | "unknown" {
  if (list !== undefined && tree !== undefined) {
    const faults = compareWithList(id, tree, list);
    if (faults.length === 0) return "official";
    if (partial !== true) throw new UserError(EXIT.data, faults);
    return "unknown";
  }
  if (extracted === undefined) return "official";
  const { known, faults } = extracted.judged();
  if (known) return "official";
  if (faults.length > 0 && partial !== true) throw new UserError(EXIT.data, faults);
  const sum = treeRecord(tree!).sha256;
  const before = trustedSum(root, id, TREE);
  if (before === sum) return "trusted";
  if (before === undefined && trustOnFirstUse === true) return "trusted";
  if (partial === true) return "unknown";
  throw new UserError(EXIT.data, {
    where: id,
    given:
      before === undefined
        ? `${extracted.what}, which cannot be checked`
        : `${extracted.what} with list ${sum}, not the one trusted before (${before})`,
    accepted: "the official archives",
    hint: "give the archives, --checksums FILE with a SHA-256 for every image, --trust-on-first-use, or --partial to mark the dataset partial",
  });
}

/** Records what was trusted, after it is stored. @param staged files that were trusted where no checksum is known. */
export function remember(
  root: string,
  { id, files }: ManifestDataset,
  staged: readonly StagedFile[],
  tree: string | undefined,
): void {
  if (tree !== undefined) trust(root, id, TREE, tree);
  for (const { name, found, official, read } of staged) {
    const file = files.find((one) => one.name === name)!;
    const checked = read === undefined ? hasChecksum(file) : file.inflated !== undefined;
    if (official && !checked) trust(root, id, name, found.sha256);
  }
}
