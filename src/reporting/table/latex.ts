import type { Table } from "./table.js";
import { lines, written, type Hand } from "./written.js";

const HAND: Hand = {
  plusMinus: " $\\pm$ ",
  escape: latexEscape,
  bold: (text) => `\\textbf{${text}}`,
  reference: (letters) => `\\textsuperscript{${letters}}`,
};

/** A table for a paper, with booktabs. */
export function tableLatex(table: Table): string {
  const { caption, label, heading, body, notes, isList } = written(table, HAND);
  const line = (cells: readonly string[]): string => `    ${cells.join(" & ")} \\\\`;
  // LaTeX counts tables itself.
  const title = caption.replace(/^Table /, "The paper's Table ");
  return lines(
    "% \\usepackage{booktabs}",
    "\\begin{table}",
    "  \\centering",
    `  \\caption{${latexEscape(title)}}`,
    `  \\label{tab:${label.replace(/[^A-Za-z0-9:.-]/g, "-")}}`,
    `  \\begin{tabular}{l${(isList ? "l" : "r").repeat(heading.length - 1)}}`,
    "    \\toprule",
    line(heading),
    "    \\midrule",
    ...body.map(line),
    "    \\bottomrule",
    "  \\end{tabular}",
    ...notes.map((note) => `  \\par {\\footnotesize ${latexEscape(note)}}`),
    "\\end{table}",
  );
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
