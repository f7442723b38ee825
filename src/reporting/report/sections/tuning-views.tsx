import type { VNode } from "preact";
import { counted } from "../../../core/wording.js";
import { groupBy } from "../../../core/group.js";
import type { Plan } from "../../../records/plan.js";
import { importance } from "../../../tuning/importance.js";
import { presetsOf } from "../../figures/figure-texts.js";
import { withFixedWidths } from "../../figures/fixed-widths.js";
import { parallelCoordinates } from "../../figures/parallel.js";
import { slices } from "../../figures/slices.js";
import { Texts } from "../../table/exports.js";
import { PageTable } from "../../table/html.js";
import type { FigureWidth } from "../../figures/theme.js";
import type { PageRow } from "../../table/page-table.js";
import { tuningCsv } from "../../tables/experiment-files.js";
import type { TriedPoint } from "../../tuning-trace.js";
import { notesOf } from "../elements.js";

/** Points of an experiment that the page lists and draws at most; its CSV has all. */
const MOST_POINTS = 2000;

interface Props {
  readonly plan: Plan;
  readonly points: readonly TriedPoint[];
}

/** Every point that an experiment's tuning tried: as lines through parallel axes, in a list, against each axis, and what each
 *  axis explains. */
export function TuningViews({ plan, points }: Props): VNode | null {
  const searches = [...groupBy(points, ({ method, holdout }) => `${holdout} ${method}`).values()];
  if (searches.every(({ length }) => length < 2)) return null;
  return (
    <>
      <Points plan={plan} points={points} searches={searches} />
      <Importances plan={plan} searches={searches} />
    </>
  );
}

type Searches = readonly (readonly TriedPoint[])[];

function Points({ plan, points, searches }: Props & { searches: Searches }): VNode {
  const shown = bestOf(searches, MOST_POINTS);
  const id = `points-${plan.experiment}`;
  const cut = cutWords(shown.length, points.length);
  const against = inBothWidths((width) => slices(plan, shown, `figure-${width}-slices-${plan.experiment}`, width)?.svg);
  return (
    <>
      <figure class="plot" id={id}>
        <h3>Every point that tuning tried in {plan.experiment}</h3>
        <Drawings
          svgs={inBothWidths((width) => parallelCoordinates(plan, shown, `figure-${width}-${id}`, width).svg)}
          name={`points that tuning tried in ${plan.experiment}`}
        />
        <figcaption>
          A line is a point that tuning tried: its learning rate and weight decay (logarithmic, 0 at the foot), and its
          mean validation accuracy over the seeds, a diverged run counting as chance. The point that a method chose is a
          thick line with a dot. On the first two axes the methods are set apart a little. {cut}
          {presetsOf([plan])}
        </figcaption>
        <Texts texts={{ [`tuning-${plan.experiment}`]: tuningCsv(points, plan) }} />
        <details id={`${id}-list`}>
          <summary>List of {counted(shown.length, "point")}: sort, filter</summary>
          <div class="trials" data-caption={`Points that tuning tried in ${plan.experiment}`}>
            <noscript>
              Without scripts there is no list here: <code>metamd table --config FILE</code> writes{" "}
              <code>tuning.csv</code>.
            </noscript>
            <Texts texts={shown.map(listed)} />
          </div>
        </details>
      </figure>
      {against.double !== undefined && (
        <figure class="plot" id={`slices-${plan.experiment}`} data-points={id}>
          <h3>Accuracy against each axis in {plan.experiment}</h3>
          <Drawings svgs={against} name={`accuracy against each axis in ${plan.experiment}`} />
          <figcaption>
            A mark is a point that tuning tried, as above: the mean validation accuracy against an axis that the search
            varied. The later a search tried it, the fuller its colour; the points of a grid, which has no order, are
            all alike. The chosen ones are larger, with a rim. A click leads to its runs, as the list does. {cut}
            {presetsOf([plan])}
          </figcaption>
        </figure>
      )}
    </>
  );
}

/** For wide screens and for narrow ones. */
const inBothWidths = <Made,>(draw: (width: FigureWidth) => Made): Readonly<Record<FigureWidth, Made>> => ({
  double: draw("double"),
  single: draw("single"),
});

function Drawings({ svgs, name }: { svgs: Readonly<Record<FigureWidth, string | undefined>>; name: string }): VNode {
  return (
    <>
      {(["double", "single"] as const).map((width) => (
        <div
          class={`scroll drawing ${width === "double" ? "whole" : "narrow"}`}
          tabIndex={0}
          role="region"
          aria-label={`Drawing: ${name}`}
          dangerouslySetInnerHTML={{ __html: withFixedWidths(svgs[width] ?? "") }}
        />
      ))}
    </>
  );
}

/** What the list has of a point. */
const listed = ({
  method,
  holdout,
  rung,
  point,
  runs,
  planned,
  accuracy,
  loss,
  diverged,
  winner,
}: TriedPoint): object => ({
  method,
  holdout,
  rung,
  rate: point.learningRate,
  decay: point.weightDecay,
  seeds: runs.length,
  planned,
  accuracy: Number((100 * accuracy).toPrecision(6)),
  ...(Number.isFinite(loss) && { loss: Number(loss.toPrecision(4)) }),
  diverged,
  winner,
  runs: runs.map(({ id }) => id),
});

/** So many points at most, as many of every search: the chosen one, and those of the highest accuracy. */
function bestOf(searches: Searches, most: number): TriedPoint[] {
  const each = Math.max(1, Math.floor(most / searches.length));
  const best = (search: readonly TriedPoint[]): readonly TriedPoint[] =>
    [...search].sort((a, b) => Number(b.winner) - Number(a.winner) || b.accuracy - a.accuracy).slice(0, each);
  return searches.reduce((sum, { length }) => sum + length, 0) <= most ? searches.flat() : searches.flatMap(best);
}

const cutWords = (shown: number, all: number): string =>
  shown === all ? "" : `The best ${shown} of ${all} points, as many of every search; the CSV has all. `;

function Importances({ plan, searches }: { plan: Plan; searches: Searches }): VNode {
  const rows = searches.map(importanceRow);
  const isOpen = rows.some(({ cells }) => cells.some(({ letters = [] }) => letters.length > 0));
  return (
    <details id={`importance-${plan.experiment}-part`}>
      <summary>How much learning rate and weight decay matter in {plan.experiment}</summary>
      <PageTable
        id={`importance-${plan.experiment}`}
        caption={`${plan.experiment}: share of the variance of the validation accuracy over the grid that each axis explains, in per cent`}
        columns={[
          { title: "Method" },
          { title: "Dataset" },
          { title: "Points", numeric: true },
          { title: "Learning rate %", numeric: true },
          { title: "Weight decay %", numeric: true },
          { title: "Both together %", numeric: true },
        ]}
        rows={rows}
        notes={[...(isOpen ? [NOT_COMPUTED] : []), DEFINITION, ...notesOf([plan.numerics])]}
      />
    </details>
  );
}

const NOT_COMPUTED = {
  letter: "c",
  text: "Not computed: the points are no full grid (a random or Bayesian search, an extended or unfinished grid), are one point, or all have the same accuracy.",
};
const DEFINITION = {
  text: "Functional ANOVA: the variance, over an axis' values, of the mean accuracy at each value, divided by the variance over all points of the grid. Both together: what is left, which neither axis explains alone. A diverged run counts as chance, so a rate that diverges makes its axis matter much.",
};

function importanceRow(search: readonly TriedPoint[]): PageRow {
  const found = importance(search);
  const { method, title, holdout } = search[0]!;
  const shares = found && [found.shares.learningRate, found.shares.weightDecay, found.together];
  const cells = [0, 1, 2].map((i) =>
    shares === undefined
      ? { shown: "-", letters: [NOT_COMPUTED.letter] }
      : { shown: (100 * shares[i]!).toFixed(1), value: 100 * shares[i]! },
  );
  return {
    method,
    cells: [{ shown: title }, { shown: holdout }, { shown: search.length, value: search.length }, ...cells],
  };
}
