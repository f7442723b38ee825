import { batchBuffer, type BatchBuffer } from "./gather.js";
import { batchMaker, orderOf, type BatchMaker, type BatchRecipe } from "./recipe.js";

/** A batch in a buffer that may be larger; valid until the next one is asked for. */
export interface FilledBuffer extends BatchBuffer {
  readonly size: number;
}

/** The batches of a recipe, wherever they are made. */
export interface BatchSource {
  /** The batch of step t = 1, 2, ...; any step, in any order. */
  at(t: number): FilledBuffer;
  close(): void;
}

/** Makes every batch when it is asked for. */
export function madeOnDemand(recipe: BatchRecipe): BatchSource {
  let open: { readonly maker: BatchMaker; readonly buffer: BatchBuffer } | undefined;
  return {
    at(t) {
      open ??= { maker: batchMaker(recipe), buffer: batchBuffer(recipe.split, Math.max(...orderOf(recipe).sizes)) };
      return { size: open.maker.make(t, open.buffer), ...open.buffer };
    },
    close() {
      open?.maker.close();
      open = undefined;
    },
  };
}
