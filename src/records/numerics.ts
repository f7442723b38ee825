import { z } from "zod";
import type { Fault } from "../core/errors.js";
import { programVersion } from "../core/files.js";

/** Version of everything that decides numbers: raised when a change of the code changes results, so that no run or
 *  analysis made before is taken for one made after. Part of their ids; every plan, record and learned file says it. */
export const NUMERICS = 2;

/** What the versions before this one lack, in words. */
const BEFORE: Readonly<Record<number, string>> = { 1: "before full batches" };

/** As a file has it; those of the first version say nothing. */
export const numericsSchema = z.int().min(1).max(NUMERICS).default(1);

/** "numerics 1, before full batches"; "numerics 2". */
export const numericsInWords = (version: number): string =>
  [`numerics ${version}`, ...(version in BEFORE ? [BEFORE[version]!] : [])].join(", ");

/** What to know of numbers of earlier numerics; undefined for present numbers. */
export const earlierNote = (numerics: number): string | undefined =>
  numerics === NUMERICS
    ? undefined
    : `${numericsInWords(numerics)}: not comparable with numbers of numerics ${NUMERICS}`;

/** The name of an experiment that is made anew beside one of the same name and earlier numerics. */
export const nameAnew = (name: string, version: number): string => `${name}-numerics-${version}`;

/** What is wrong with a file of a version that this program does not know; undefined for one that it knows.
 *  @param given as the file has it. @param commit of the program that wrote it, where the file says it. */
export function unknownNumerics(given: unknown, commit?: string): Omit<Fault, "where"> | undefined {
  if (typeof given !== "number" || given <= NUMERICS) return undefined;
  const writer = commit === undefined ? "" : ` (commit ${commit.slice(0, 10)})`;
  return {
    given: `numerics ${given}, of a later metamd`,
    accepted: `numerics 1 to ${NUMERICS}, which this metamd ${programVersion()} knows`,
    hint: `use the metamd that wrote it${writer}, or other files`,
  };
}
