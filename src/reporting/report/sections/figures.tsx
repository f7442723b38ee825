import { counted } from "../../../core/wording.js";
import type { VNode } from "preact";
import { isNotRun, type FigureData, type NotRun } from "../../figures/figure.js";
import { withFixedWidths } from "../../figures/fixed-widths.js";
import { isPapers } from "../../figures/index.js";
import type { MadeFigure } from "../../figures/make-figure.js";
import { csvOf } from "../../figures/write-figures.js";
import { Texts } from "../../table/exports.js";
import { Section } from "../elements.js";

/** Rows of a figure's numbers that the page shows; all are in its CSV file. */
const SHOWN = 100;

/** Characters of a CSV file that the page holds at most; longer ones are written by `metamd figure`. */
const MOST_TEXT = 1_000_000;

export interface Shown {
  readonly id: string;
  readonly title: string;
  readonly made: MadeFigure | NotRun;
}

/** Every figure with its caption and the numbers behind it. */
export function Figures({ figures }: { figures: readonly Shown[] }): VNode {
  const absent = figures.flatMap(({ title, made }) => (isNotRun(made) ? [{ title, ...made }] : []));
  return (
    <Section id="figures" title="Figures">
      {figures.map(({ made }) => !isNotRun(made) && <Plot {...made} />)}
      {absent.length > 0 && (
        <details id="figures-not-run">
          <summary>{counted(absent.length, "figure")} without records</summary>
          <ul>
            {absent.map(({ title, missing, command }) => (
              <li>
                {title}: {missing}. <code>{command}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
    </Section>
  );
}

/** "Figure 1: …"; ours have no number. */
export const titleOfFigure = (id: string, title: string): string =>
  isPapers(id) ? `Figure ${id.slice(3)}: ${title}` : title;

function Plot({ id, title, caption, svg, narrowSvg, data, switched }: MadeFigure): VNode {
  const drawings =
    narrowSvg === undefined
      ? [{ svg, kind: "" }]
      : [
          { svg, kind: "whole" },
          { svg: narrowSvg, kind: "narrow" },
        ];
  return (
    <figure class="plot" id={id}>
      <h3>{titleOfFigure(id, title)}</h3>
      {drawings.map(({ svg, kind }) => (
        <div
          class={`scroll drawing ${kind}`}
          tabIndex={0}
          role="region"
          aria-label={`Drawing: ${title}`}
          dangerouslySetInnerHTML={{ __html: withFixedWidths(svg) }}
        />
      ))}
      <figcaption>{caption}</figcaption>
      {data.map((one) => (
        <Numbers {...one} />
      ))}
      <Texts
        texts={Object.fromEntries(
          data.map((one) => [one.name, csvOf(one)]).filter(([, text]) => text!.length < MOST_TEXT),
        )}
      />
      {switched !== undefined && (
        <div class="curves">
          <Texts texts={switched} />
        </div>
      )}
    </figure>
  );
}

function Numbers({ name, columns, rows }: FigureData): VNode {
  const step = Math.max(1, Math.ceil(rows.length / SHOWN));
  const shown = rows.filter((_row, i) => i % step === 0);
  return (
    <details id={`numbers-${name}`}>
      <summary>
        Numbers:{" "}
        {shown.length < rows.length ? `every ${ordinal(step)} of ${rows.length} rows` : counted(rows.length, "row")} of{" "}
        {name}.csv
      </summary>
      <div class="scroll" tabIndex={0} role="region" aria-label={`${name}.csv`}>
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th scope="col">{column}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr>
                {columns.map((column) => (
                  <td>{format(row[column])}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** "second", "third", "4th". */
const ordinal = (n: number): string => ({ 2: "second", 3: "third" })[n] ?? `${n}${endings.get(plurals.select(n))!}`;
const plurals = new Intl.PluralRules("en", { type: "ordinal" });
const endings = new Map([
  ["one", "st"],
  ["two", "nd"],
  ["few", "rd"],
  ["other", "th"],
]);

const format = (value: string | number | undefined): string =>
  value === undefined ? "" : typeof value === "number" ? String(Number(value.toPrecision(6))) : value;
