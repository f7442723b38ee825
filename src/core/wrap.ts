/** A text in lines of at most so many columns, broken between words; a longer word is broken where it must be.
 *  @param indent begins every line but the first. */
export function wrapped(text: string, width: number, indent = ""): string[] {
  const lines: string[] = [];
  let line = "";
  let empty = true;
  const end = (): void => {
    lines.push(line);
    [line, empty] = [indent, true];
  };
  for (const word of text.split(" ")) {
    if (!empty && line.length + 1 + word.length > width) end();
    line += empty ? word : ` ${word}`;
    empty = false;
    while (line.length > width && width > indent.length) {
      const rest = line.slice(width);
      line = line.slice(0, width);
      end();
      line += rest;
      empty = false;
    }
  }
  return [...lines, line];
}
