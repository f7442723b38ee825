import { EXIT, UserError } from "../core/errors.js";
import { suggestion } from "../core/registry.js";
import type { DataOptions } from "../data/index.js";
import type { Config } from "./schema.js";

/** One column of an experiment: a domain to test on, and those that optimisers are learned on. */
export interface Holdout {
  readonly holdout: string;
  readonly metaTrain: string[];
}

/** What is held out in turn, in the order of the tables. */
export function holdouts({ suite: { domains, protocol } }: Pick<Config, "suite">): Holdout[] {
  const others = (tested: readonly string[]): string[] => domains.filter((domain) => !tested.includes(domain));
  if (protocol === "leave-one-out") return domains.map((holdout) => ({ holdout, metaTrain: others([holdout]) }));
  const metaTrain = protocol.metaTrain ?? others(protocol.metaTest);
  return protocol.metaTest.map((holdout) => ({ holdout, metaTrain }));
}

/** The holdout that a name means: a domain, or its last part ("45" for rotated-mnist/45).
 *  @throws UserError (usage) that lists the holdouts. */
export function holdoutOf(config: Pick<Config, "suite">, name: string): string {
  const known = holdouts(config).map(({ holdout }) => holdout);
  const found = known.find((domain) => domain === name || domain.split("/").at(-1) === name);
  if (found !== undefined) return found;
  throw new UserError(EXIT.usage, {
    where: "--holdout",
    given: `given ${JSON.stringify(name)}, which this experiment does not hold out`,
    accepted: known.join(", "),
    hint: suggestion(name, known) ?? "choose one of these, or another --config",
  });
}

/** How a config's domains are opened. */
export function dataOptions({ suite }: Pick<Config, "suite">, folder: string): DataOptions {
  const { partition, photos, image, normalise, limits } = suite;
  return { folder, partition, photos, frame: image, normalise, ...limits };
}
