import { EXIT, UserError } from "../../core/errors.js";
import { sha256 } from "../../core/hash.js";
import { withBytes } from "../../core/large-file.js";
import type { Leaves } from "../../core/tree.js";
import type { ResolvedConfig } from "../../config/load.js";
import { rowsOf, type Row } from "../../config/variants.js";
import { matrixSize, type ParameterSpec } from "../../engine/parameters.js";
import { untrained, type MethodId } from "../../optimisers/index.js";
import { checkLearned, readLearned, type LearnedFile } from "../../records/learned.js";
import { NUMERICS } from "../../records/numerics.js";

/** A learned optimiser that a config names. */
export interface GivenLearned extends LearnedFile {
  readonly path: string;
  readonly sha256: string;
}

const files = new Map<string, GivenLearned>();

/** The file that a row applies instead of what it would learn, read once per process; undefined where it names none.
 *  @throws UserError: (data) it cannot be read or is damaged; (usage) it is another method's. */
export function givenLearned({ given }: Row): GivenLearned | undefined {
  if (given === undefined) return undefined;
  const { path, method } = given;
  let held = files.get(path);
  if (held === undefined)
    files.set(
      path,
      (held = { ...readLearned(path), path, sha256: withBytes(path, (bytes) => sha256(bytes.pieces())) }),
    );
  if (held.method === method) return held;
  throw new UserError(EXIT.usage, {
    where: `learnedFiles.${method} ${path}`,
    given: `a learned optimiser of ${held.method}`,
    accepted: `one of ${method}`,
    hint: "name another file: metamd inspect shows what a file holds",
  });
}

/** Every learned file that a config applies, by its rows. */
export const everyGiven = (config: ResolvedConfig): GivenLearned[] =>
  rowsOf(config).flatMap((row) => givenLearned(row) ?? []);

/** Those of earlier numerics, each once: what is made with them is of two programs. */
export const earlierLearned = (config: ResolvedConfig): GivenLearned[] =>
  [...new Set(everyGiven(config))].filter(({ numerics }) => numerics !== NUMERICS);

/** Checks that a given file was not learned where it is tested now, unless that is on purpose.
 *  @throws UserError (usage) that names the domain. */
export function refuseLeak(
  { suite: { protocol } }: ResolvedConfig,
  { path, domains }: GivenLearned,
  holdout: string,
): void {
  const onPurpose = protocol !== "leave-one-out" && protocol.sharedOnPurpose === true;
  if (onPurpose || !domains.includes(holdout)) return;
  throw new UserError(EXIT.usage, {
    where: path,
    given: `learned on ${holdout}, which is tested on`,
    accepted: "an optimiser that was learned on other domains",
    hint: `take ${holdout} out of what is tested on, or another file`,
  });
}

/** Checks that what was learned fits a model's parameters; a classifier may lack values.
 *  @throws UserError (usage) that names the first mismatch. */
export function checkFits(path: string, file: LearnedFile, method: MethodId, parameters: Leaves<ParameterSpec>): void {
  const groups = Object.keys(untrained(method, parameters));
  const blocks = groups.filter((name) => {
    const parameter = parameters[name];
    return parameter !== undefined && (!parameter.head || Object.hasOwn(file.blocks, name));
  });
  const shared = groups.filter((name) => parameters[name] === undefined);
  const sizes = Object.fromEntries(blocks.map((name) => [name, matrixSize(parameters[name]!)]));
  checkLearned(path, file, sizes, shared);
}
