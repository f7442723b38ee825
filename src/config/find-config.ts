import { EXIT, UserError } from "../core/errors.js";
import { display } from "../core/files.js";
import { suggestion } from "../core/registry.js";
import { loadConfig, type ResolvedConfig } from "./load.js";
import { shippedConfigs } from "./shipped.js";
import { holdouts } from "./suite.js";

/** Finds the shipped config that holds a domain out; of several, the one that makes a table of the paper. Those with
 *  variants that are run or given learned files, those that test where they learned, and those that leave nothing to learn on are left
 *  aside.
 *  @param holdout a domain, or its last part ("45"), which finds only configs that make a table of the paper.
 *  @returns the file's path.
 *  @throws UserError (usage): none, with the domains that can be held out; several, with the files. */
export function findConfigFor(holdout: string): string {
  const candidates = shippedConfigs().flatMap((path) => {
    const config = loadConfig({ config: path });
    if (isStudy(config)) return [];
    const domains = holdouts(config).map((one) => one.holdout);
    const short = config.table === undefined ? [] : domains.map((domain) => domain.split("/").at(-1)!);
    return [{ path, domains, names: [...domains, ...short], ofTable: config.table !== undefined }];
  });
  const all = candidates.filter(({ names }) => names.includes(holdout));
  const ofTables = all.filter(({ ofTable }) => ofTable);
  const found = (ofTables.length > 0 ? ofTables : all).map(({ path }) => path);
  if (found.length === 1) return found[0]!;
  const where = "--holdout";
  if (found.length > 1)
    throw new UserError(EXIT.usage, {
      where,
      given: `${holdout} is held out in several shipped configs`,
      accepted: found.map(display).join(", "),
      hint: `choose one with --config ${display(found[0]!)}`,
    });
  const known = [...new Set(candidates.flatMap(({ domains }) => domains))];
  throw new UserError(EXIT.usage, {
    where,
    given: `no shipped config holds out ${JSON.stringify(holdout)}`,
    accepted: known.join(", "),
    hint: suggestion(holdout, known) ?? "choose one of these, or give your own --config",
  });
}

/** Whether a config looks into one method more closely, on domains of another config. */
const isStudy = ({ suite: { domains, protocol }, variants, learnedFiles }: ResolvedConfig): boolean =>
  Object.values(variants ?? {}).some(({ costOnly }) => costOnly !== true) ||
  learnedFiles !== undefined ||
  (protocol !== "leave-one-out" &&
    (protocol.sharedOnPurpose === true || domains.every((domain) => protocol.metaTest.includes(domain))));
