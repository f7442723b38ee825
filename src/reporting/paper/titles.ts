import { METHODS } from "../../optimisers/index.js";
import { paperResults } from "./paper-results.js";

/** The paper's name of a method, else our title, with a variant's behind it; its id where it is in no table. */
export function methodTitle(id: string): string {
  const { methods } = paperResults();
  const [plain, variant] = id.split("/") as [string, string?];
  const ours = METHODS.has(plain) ? METHODS.of(plain).title : plain;
  const title = Object.hasOwn(methods, plain) ? methods[plain]!.paper_names[0]! : ours;
  return variant === undefined ? title : `${title}, ${variant}`;
}

/** The paper's name of a domain, where it has one. */
export const columnTitle = (id: string): string =>
  Object.entries(paperResults().domains).find(([, domain]) => domain === id)?.[0] ?? id;
