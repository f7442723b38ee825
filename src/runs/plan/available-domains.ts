import { EXIT, UserError, type Fault } from "../../core/errors.js";
import type { ResolvedConfig } from "../../config/load.js";
import { dataOptions, holdouts, type Holdout } from "../../config/suite.js";
import { rowsOf } from "../../config/variants.js";
import { openDomain, type Domain } from "../../data/index.js";
import type { Plan } from "../../records/plan.js";

/** Opened domains by their ids. */
export type Domains = ReadonlyMap<string, Domain>;

/** The part of a suite whose data are here. */
export interface Available {
  readonly domains: Domains;
  /** Holdouts with the domains to learn on, as far as they are here. */
  readonly holdouts: readonly Holdout[];
  readonly missing: Plan["missing"];
}

/** Opens every domain of a suite without reading images.
 *  @param skipMissing whether domains without data are left out.
 *  @throws UserError (data) that names all that is missing, each with the command that gets it. */
export function availableDomains(config: ResolvedConfig, dataFolder: string, skipMissing: boolean): Available {
  const wanted = holdouts(config);
  const options = dataOptions(config, dataFolder);
  const domains = new Map<string, Domain>();
  const missing: Plan["missing"] = [];
  const faults: Fault[] = [];
  for (const id of config.suite.domains) {
    try {
      domains.set(id, openDomain(id, options));
    } catch (error) {
      if (!(error instanceof UserError) || error.exitCode !== EXIT.data) throw error;
      missing.push({ domain: id, reason: error.faults.map(({ where, given }) => `${where}: ${given}`).join("; ") });
      faults.push(...error.faults.filter(({ where }) => !faults.some((held) => held.where === where)));
    }
  }
  if (faults.length > 0 && !skipMissing) throw new UserError(EXIT.data, faults);
  const here = wanted
    .filter(({ holdout }) => domains.has(holdout))
    .map(({ holdout, metaTrain }) => ({ holdout, metaTrain: metaTrain.filter((id) => domains.has(id)) }));
  refuseEmpty(config, here, missing);
  return { domains, holdouts: here, missing };
}

/** What is left must still be an experiment. */
function refuseEmpty(config: ResolvedConfig, here: readonly Holdout[], missing: Plan["missing"]): void {
  const absent = missing.map(({ domain }) => domain).join(", ");
  const refuse = (given: string): never => {
    const hint = "metamd data list shows what is here and metamd data fetch gets more";
    throw new UserError(EXIT.data, { where: "--skip-missing", given, accepted: "a suite with enough data", hint });
  };
  if (here.length === 0) refuse(`without ${absent} no domain is left to test on`);
  const needsLearning = rowsOf(config).flatMap(({ id, learning }) => (learning === undefined ? [] : [id]));
  const alone = here.find(({ metaTrain }) => metaTrain.length === 0);
  if (alone !== undefined && needsLearning.length > 0)
    refuse(`without ${absent} no domain is left to learn ${needsLearning.join(", ")} on for ${alone.holdout}`);
}
