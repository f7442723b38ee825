import { paperResults } from "./paper-results.js";

/** The paper's name of a domain, where it has one. */
export const columnTitle = (id: string): string =>
  Object.entries(paperResults().domains).find(([, domain]) => domain === id)?.[0] ?? id;
