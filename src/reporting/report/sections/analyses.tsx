import type { VNode } from "preact";
import { groupBy } from "../../../core/group.js";
import { hypergradientStudy } from "../../../studies/hypergradient/agreements.js";
import { solutionRows } from "../../../studies/shared/solution-rows.js";
import { analysesOf, type Evidence } from "../../evidence.js";
import { earlierMark } from "../../numerics.js";
import { certificateTable } from "../../../studies/certificate/table.js";
import { hypergradientPanels } from "../../../studies/hypergradient/table.js";
import { methodTitle } from "../../paper/titles.js";
import { PageTable, TableView, type PageRow } from "../../table/html.js";
import { capitalised } from "../../table/notes.js";
import { notesOf, Section } from "../elements.js";

/** The paper's analyses of trained models, the certificate, the hypergradients compared, and what a step consists of. */
export function Analyses({ evidence }: { evidence: Evidence }): VNode {
  const parts = [
    ...SOLUTIONS.map((kind) => <Solutions evidence={evidence} kind={kind} />),
    <Certificate evidence={evidence} />,
    <Hypergradients evidence={evidence} />,
    <StepParts evidence={evidence} />,
  ];
  return (
    <Section id="analyses" title="Analyses">
      {evidence.analyses.length === 0 ? (
        <p>
          None; <code>metamd analyse --help</code> lists them.
        </p>
      ) : (
        parts
      )}
    </Section>
  );
}

const SOLUTIONS = ["sharpness", "landscape", "rank"] as const;
const CAPTIONS = {
  sharpness: "Largest eigenvalue of the training loss' Hessian at the trained weights, mean ± std over trials",
  landscape: "Training loss at the trained weights, and its mean rise along the top eigenvector",
  rank: "The paper's rank score of the last features' singular values, and the entropy of their shares (ours)",
} as const;

function Solutions({ evidence, kind }: { evidence: Evidence; kind: (typeof SOLUTIONS)[number] }): VNode {
  const plans = evidence.experiments.map(({ plan }) => plan);
  const methods = plans.flatMap((plan) => plan.methods);
  const [domains, ids] = [plans.flatMap(({ holdouts }) => holdouts), methods.map(({ id }) => id)];
  const groups = groupBy(analysesOf(evidence, kind), ({ record }) => record.experiment);
  return (
    <>
      {[...groups].map(([experiment, all]) => {
        const records = all
          .map(({ record }) => record)
          .sort(
            (a, b) =>
              domains.indexOf(a.dataset) - domains.indexOf(b.dataset) || ids.indexOf(a.method) - ids.indexOf(b.method),
          );
        const rows = solutionRows(records, { methods });
        const names = Object.keys(rows[0]!.values);
        const { numerics } = records[0]!;
        return (
          <PageTable
            id={`${kind}-${experiment}`}
            caption={`${CAPTIONS[kind]} (${experiment}${earlierMark(numerics)})`}
            notes={notesOf([numerics])}
            columns={[
              ...["Dataset", ...(kind === "rank" ? ["Split"] : []), "Method"].map((title) => ({ title })),
              ...["Trials", ...names].map((title) => ({ title: capitalised(title), numeric: true })),
            ]}
            rows={rows.map(({ dataset, split, method, title, trials, values }) => ({
              method,
              cells: [
                ...[dataset, ...(split === undefined ? [] : [split]), title].map((shown) => ({ shown })),
                { shown: trials, value: trials },
                ...names.map((name) => {
                  const { mean, std } = values[name]!;
                  return { shown: short(mean) + (std === undefined ? "" : ` ± ${short(std)}`), value: mean };
                }),
              ],
            }))}
          />
        );
      })}
    </>
  );
}

function Certificate({ evidence }: { evidence: Evidence }): VNode | null {
  const records = analysesOf(evidence, "certificate").map(({ record }) => record);
  if (records.length === 0) return null;
  const { headings, rows } = certificateTable(records, short);
  return (
    <PageTable
      id="certificate"
      caption="Theorem 4.1: the bound as printed and corrected, its conditions, and how often it held over redraws of the tasks"
      columns={headings.map((title, i) => ({
        title: title.replaceAll("_", " "),
        numeric: i >= 3 && i < 15,
        wide: i === 15,
      }))}
      notes={notesOf([records[0]!.numerics])}
      rows={rows.map((row) => ({
        cells: row.map((shown, i) => (i >= 3 && i < 15 ? { shown, value: shown } : { shown })),
      }))}
    />
  );
}

const Hypergradients = ({ evidence }: { evidence: Evidence }): VNode => (
  <>
    {hypergradientPanels(hypergradientStudy(evidence)).map((panel) => (
      <TableView table={panel} />
    ))}
  </>
);

function StepParts({ evidence }: { evidence: Evidence }): VNode {
  return (
    <>
      {analysesOf(evidence, "step-times").map(({ record }) => (
        <PageTable
          id={`step-parts-${record.experiment}`}
          caption={`Milliseconds of a training step, batch ${record.batchSize} of ${record.image} (${record.experiment}${earlierMark(record.numerics)}): the gradient, what plain SGD adds to it, and what the rule adds to plain SGD; differences below the noise can be negative`}
          columns={[
            { title: "Method" },
            ...["Mean", "Std", "Gradient", "Plain update", "Rest of the rule"].map((title) => ({
              title,
              numeric: true,
            })),
          ]}
          notes={notesOf([record.numerics])}
          rows={record.rows.map(({ method, mean, std, gradient, update, preconditioning }): PageRow => ({
            method,
            cells: [
              { shown: methodTitle(method) },
              ...[mean, std, gradient, update, preconditioning].map((value) => ({ shown: value.toFixed(2), value })),
            ],
          }))}
        />
      ))}
    </>
  );
}

const short = (value: number): string =>
  value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
