import type { ResolvedConfig } from "../../src/config/load.js";
import { availableDomains, type Domains } from "../../src/runs/plan/available-domains.js";

/** The domains of a config, all of which are here. */
export const openedDomains = (config: ResolvedConfig, dataFolder: string): Domains =>
  availableDomains(config, dataFolder, false).domains;
