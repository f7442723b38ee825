import { METHODS } from "../optimisers/index.js";

/** What a method is called in every table, figure and sentence: the title of its entry, with a variant's name behind it; its id
 *  where no table has it. */
export function methodTitle(id: string): string {
  const [plain, variant] = id.split("/") as [string, string?];
  const title = METHODS.has(plain) ? METHODS.of(plain).title : plain;
  return variant === undefined ? title : `${title}, ${variant}`;
}
