/** Signs that a terminal obeys instead of showing them, or that change the order of what it shows. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;
const NAMES: Readonly<Record<string, string>> = { "\t": "\\t", "\n": "\\n", "\r": "\\r" };

function escaped(sign: string): string {
  const code = sign.charCodeAt(0);
  if (Object.hasOwn(NAMES, sign)) return NAMES[sign]!;
  return code < 0x20 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** A text as it may be shown: control characters are written out, as \x1b. Lines and tabs stay. */
export const printable = (text: string): string => text.replace(CONTROLS, escaped);

/** The same for a name that must stay on its line and in its column: line ends and tabs are written out too. */
export const printableName = (name: string): string => printable(name.replace(/[\t\n]/g, escaped));

/** A path as a field of a TSV, on its line and in its column. It must hold no backslash, so that `fromTsv` can read it. */
// eslint-disable-next-line no-control-regex -- they are what is looked for
export const inTsv = (path: string): string => path.replace(/[\u0000-\u001f]/g, escaped);

/** The inverse of `inTsv`. */
export const fromTsv = (field: string): string =>
  field.replace(/\\(?:([tnr])|x([0-9a-f]{2}))/g, (_all, name: string | undefined, code: string) =>
    name === undefined ? String.fromCharCode(parseInt(code, 16)) : { t: "\t", n: "\n", r: "\r" }[name]!,
  );
