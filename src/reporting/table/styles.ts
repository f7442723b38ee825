export type TableFormat = "text" | "markdown" | "latex";

/** A table as text, ready to be laid out. Heading and body are written in the format already, the rest is plain. */
interface Layout {
  readonly caption: string;
  /** For references. */
  readonly label: string;
  readonly heading: readonly string[];
  readonly body: readonly (readonly string[])[];
  /** Below the table, a line each. */
  readonly notes: readonly string[];
}

/** How a format writes. */
export interface Style {
  readonly plusMinus: string;
  readonly star: string;
  escape(text: string): string;
  bold(text: string): string;
  /** Points to notes, like "a,b". */
  reference(letters: string): string;
  layout(layout: Layout): string;
}

export const STYLES: Readonly<Record<TableFormat, Style>> = {
  text: {
    plusMinus: " ± ",
    star: "*",
    escape: (text) => text,
    bold: (text) => text,
    reference: (letters) => ` (${letters})`,
    layout({ caption, heading, body, notes }) {
      const widths = heading.map((title, i) => Math.max(title.length, ...body.map((row) => row[i]!.length)));
      const line = (cells: readonly string[]): string =>
        cells
          .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
          .join("  ")
          .trimEnd();
      return lines(caption, line(heading), line(widths.map((width) => "-".repeat(width))), ...body.map(line), ...notes);
    },
  },
  markdown: {
    plusMinus: " ± ",
    star: "*",
    escape: markdownEscape,
    bold: (text) => `**${text}**`,
    reference: (letters) => `<sup>${letters}</sup>`,
    layout({ caption, heading, body, notes }) {
      const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
      const rule = line(heading.map((_title, i) => (i === 0 ? "---" : "---:")));
      const below = notes.length === 0 ? [] : ["", ...notes.map((note) => `${markdownEscape(note)}  `)];
      return lines(markdownEscape(caption), "", line(heading), rule, ...body.map(line), ...below);
    },
  },
  latex: {
    plusMinus: " $\\pm$ ",
    star: "*",
    escape: latexEscape,
    bold: (text) => `\\textbf{${text}}`,
    reference: (letters) => `\\textsuperscript{${letters}}`,
    layout({ caption, label, heading, body, notes }) {
      const line = (cells: readonly string[]): string => `    ${cells.join(" & ")} \\\\`;
      const below = notes.map((note) => `  \\par {\\footnotesize ${latexEscape(note)}}`);
      return lines(
        "% \\usepackage{booktabs}",
        "\\begin{table}",
        "  \\centering",
        `  \\caption{${latexEscape(caption)}}`,
        `  \\label{tab:${label.replace(/[^A-Za-z0-9:.-]/g, "-")}}`,
        `  \\begin{tabular}{l${"r".repeat(heading.length - 1)}}`,
        "    \\toprule",
        line(heading),
        "    \\midrule",
        ...body.map(line),
        "    \\bottomrule",
        "  \\end{tabular}",
        ...below,
        "\\end{table}",
      );
    },
  },
};

function markdownEscape(text: string): string {
  return text.replace(/[|*_\\<]/g, "\\$&");
}

const LATEX: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\~{}",
  "^": "\\^{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  "±": "$\\pm$",
  "×": "$\\times$",
  "°": "$^\\circ$",
  "…": "\\ldots{}",
};

function latexEscape(text: string): string {
  return text.replace(/[\\~^<>|±×°…&%$#_{}]/g, (special) => LATEX[special] ?? `\\${special}`);
}

const lines = (...all: readonly string[]): string => `${all.join("\n")}\n`;
