import { paperResults } from "./paper-results.js";

/** The paper's name of a method; its id where the paper has none. */
export const methodTitle = (id: string): string => paperResults().methods[id]?.paper_names[0] ?? id;

/** The paper's name of a domain, where it has one. */
export const columnTitle = (id: string): string =>
  Object.entries(paperResults().domains).find(([, domain]) => domain === id)?.[0] ?? id;
