import { earlierNote, NUMERICS } from "../records/numerics.js";

/** What tells the name of numbers of earlier numerics from present ones: ", numerics 1"; empty for present ones. */
export const earlierMark = (numerics: number): string => (numerics === NUMERICS ? "" : `, numerics ${numerics}`);

/** The notes of several as sentences that end a text, each once; empty where all are present ones. */
export const earlierSentences = (all: readonly number[]): string =>
  [...new Set(all)]
    .flatMap((numerics) => earlierNote(numerics) ?? [])
    .map((note) => ` ${note.charAt(0).toUpperCase()}${note.slice(1)}.`)
    .join("");
