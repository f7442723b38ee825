/** The letter of a footnote: a, b, … z, aa, ab, … @param index from 0. */
export function letter(index: number): string {
  const last = String.fromCharCode(97 + (index % 26));
  return index < 26 ? last : letter(Math.floor(index / 26) - 1) + last;
}
