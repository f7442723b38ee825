import stringWidth from "string-width";

type Write = typeof process.stderr.write;

/** Clears from the line on. Not from its first column: in the screen's first row tmux takes that for clearing all of it,
 *  and keeps the line among what has scrolled away. */
const CLEARED = "\r \x1b[J\r";

/** A line at the bottom of the terminal on stderr that is drawn over and over and never left behind. */
export interface LastLine {
  /** @param text is cut to the terminal's width. */
  show(text: string): void;
  /** Columns that a text may take. */
  width(): number;
  /** Takes the line away for good. */
  remove(): void;
}

/** Begins such a line. Until it is removed, whatever else is written to the terminal, by whomever, comes above it. The
 *  cursor stays at its first column: a terminal that breaks lines anew when it gets narrower keeps it at the beginning of
 *  what has to be cleared. */
export function openLastLine(): LastLine {
  const { stderr, stdout } = process;
  const plain: Write = stderr.write.bind(stderr);
  const restore = [stderr, ...(stdout.isTTY ? [stdout] : [])].map(writesAbove);
  let shown = "";
  const width = (): number => Math.max(1, (stderr.columns || 80) - 1);
  const draw = (): void => void plain(`${CLEARED}${cut(shown, width())}\r`);
  const remove = (): void => {
    for (const undo of restore) undo();
    stderr.off("resize", draw);
    process.off("exit", remove);
    if (shown !== "") plain(CLEARED);
    shown = "";
  };
  stderr.on("resize", draw);
  process.on("exit", remove);
  return {
    show(text) {
      shown = text;
      draw();
    },
    width,
    remove,
  };

  /** Has a stream clear the line before it writes, and draw it again after a whole line. @returns what undoes it. */
  function writesAbove(stream: NodeJS.WriteStream): () => void {
    const own = Object.getOwnPropertyDescriptor(stream, "write");
    const write: Write = stream.write.bind(stream);
    const above = (chunk: string | Uint8Array, ...rest: never[]): boolean => {
      if (shown !== "") plain(CLEARED);
      const done = write(chunk, ...rest);
      if (shown !== "" && chunk.at(-1) === (typeof chunk === "string" ? "\n" : 10)) draw();
      return done;
    };
    stream.write = above as Write;
    return () => {
      if (own === undefined) Reflect.deleteProperty(stream, "write");
      else Object.defineProperty(stream, "write", own);
    };
  }
}

/** A text cut to some columns, with "…" where something is left out. */
function cut(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let kept = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(kept + segment) > columns - 1) break;
    kept += segment;
  }
  return columns < 1 ? "" : `${kept.trimEnd()}…`;
}
