import { counted } from "../../../core/wording.js";
import type { VNode } from "preact";
import type { Evidence } from "../../study-show.js";
import { verdictWords, type ClaimVerdict, type OwnClaim, type Verdict } from "../../paper/judged.js";
import { slipsOf } from "../../paper/slips.js";
import { judgeClaims } from "../../paper/verdicts.js";
import { NUMERICS } from "../../../records/numerics.js";
import { PageTable, RunsLink } from "../../table/html.js";
import type { PageRow } from "../../table/page-table.js";
import { Badge, notesOf, Section } from "../elements.js";

const VERDICTS: Readonly<Record<Verdict, { readonly kind: string; readonly sign: string; readonly means: string }>> = {
  reproduced: { kind: "good", sign: "✓", means: "true here, and a test of it has p < 0.05" },
  leaning: { kind: "fair", sign: "↗", means: "true here, but not significant" },
  inconclusive: { kind: "quiet", sign: "?", means: "not true here, but its opposite is not significant" },
  contradicted: { kind: "bad", sign: "✕", means: "not true here, and a test of the opposite has p < 0.05" },
  "direction only: for": {
    kind: "quiet",
    sign: "·",
    means: "true in runs below the paper's size, which decide nothing",
  },
  "direction only: against": {
    kind: "quiet",
    sign: "·",
    means: "not true in runs below the paper's size, which decide nothing",
  },
  "not run": { kind: "quiet", sign: "–", means: "nothing here could decide it" },
};

/** Every claim of the paper with its verdict, the test behind it and the reason. */
export function Claims({ evidence }: { evidence: Evidence }): VNode {
  const verdicts = judgeClaims(evidence);
  const counts = Object.keys(VERDICTS).map((name) => ({
    name: name as Verdict,
    count: verdicts.filter(({ verdict }) => verdict === name).length,
  }));
  const ofVerdict = (run: boolean): ClaimVerdict[] => verdicts.filter(({ verdict }) => (verdict !== "not run") === run);
  const [decided, open] = [ofVerdict(true), ofVerdict(false)];
  return (
    <Section id="claims" title="The paper's claims">
      <ul class="legend">
        {counts
          .filter(({ count }) => count > 0)
          .map(({ name, count }) => (
            <li>
              <VerdictBadge verdict={name} /> <strong>{count}</strong> <span class="quiet">{VERDICTS[name].means}</span>
            </li>
          ))}
      </ul>
      {decided.length > 0 && <ClaimTable id="claim-list" verdicts={decided} />}
      {open.length > 0 && (
        <details id="claims-not-run">
          <summary>{counted(open.length, "claim")} not run, and what would decide them</summary>
          <ClaimTable id="open-claim-list" verdicts={open} />
        </details>
      )}
      <OwnClaims evidence={evidence} />
    </Section>
  );
}

function ClaimTable({ id, verdicts }: { id: string; verdicts: readonly ClaimVerdict[] }): VNode {
  const presets = [...new Set(verdicts.flatMap(({ preset }) => preset ?? []))].filter((preset) => preset !== "paper");
  return (
    <PageTable
      id={id}
      caption="What the paper claims, whether its own printed numbers support it, and what the runs here say"
      columns={[
        { title: "Claim" },
        { title: "Statement", wide: true },
        { title: "Printed" },
        { title: "Verdict" },
        { title: "p", numeric: true },
        { title: "Why", wide: true },
      ]}
      rows={verdicts.map(rowOf)}
      notes={[
        ...(presets.length > 0
          ? [{ text: `Some verdicts rest on runs of reduced presets: ${presets.join(", ")}.` }]
          : []),
        ...notesOf(verdicts.flatMap(({ numerics }) => numerics ?? [])),
      ]}
    />
  );
}

function rowOf({ claim, verdict, preset, numerics = NUMERICS, p, reason, evidence }: ClaimVerdict): PageRow {
  return {
    cells: [
      { shown: claim.id },
      { shown: claim.statement },
      { shown: printedWord(claim.printed) },
      {
        shown: <VerdictBadge verdict={verdict} preset={preset} />,
        value: Object.keys(VERDICTS).indexOf(verdict),
        ...(numerics !== NUMERICS && { below: `numerics ${numerics}` }),
      },
      { shown: shownP(p), value: p },
      {
        shown: (
          <>
            {reason}
            {slipsOf(claim.id).map(({ text }) => (
              <p class="slip">Of the paper: {text}</p>
            ))}
            <EvidenceLink ids={evidence} what="run" />
          </>
        ),
        value: reason,
      },
    ],
  };
}

const OWN_VERDICTS: Readonly<Record<OwnClaim["verdict"], { readonly kind: string; readonly sign: string }>> = {
  confirmed: VERDICTS.reproduced,
  leaning: VERDICTS.leaning,
  inconclusive: VERDICTS.inconclusive,
  contradicted: VERDICTS.contradicted,
  "not run": VERDICTS["not run"],
};

/** What we claim ourselves, kept apart from the paper's. */
function OwnClaims({ evidence }: { evidence: Evidence }): VNode | null {
  const claims = evidence.studies.flatMap((study) => study.claims?.(evidence) ?? []);
  if (claims.length === 0) return null;
  const reduced = claims.flatMap(({ preset }) => (preset === undefined || preset === "paper" ? [] : [preset]));
  return (
    <PageTable
      id="own-claims"
      caption="A claim of our own, not the paper's, and what the analyses here say"
      columns={[
        { title: "Claim" },
        { title: "Statement", wide: true },
        { title: "Verdict" },
        { title: "p", numeric: true },
        { title: "Why", wide: true },
      ]}
      rows={claims.map(ownRowOf)}
      notes={[
        ...[...new Set(reduced)].map((preset) => ({ text: `It rests on analyses of a reduced preset: ${preset}.` })),
        ...notesOf(claims.flatMap(({ numerics }) => numerics ?? [])),
      ]}
    />
  );
}

const ownRowOf = ({ id, statement, verdict, p, reason, evidence: ids }: OwnClaim): PageRow => ({
  cells: [
    { shown: id },
    { shown: statement },
    { shown: <Badge {...OWN_VERDICTS[verdict]}>{verdict}</Badge>, value: verdict },
    { shown: shownP(p), value: p },
    {
      shown: (
        <>
          {reason}
          <EvidenceLink ids={ids} what="analysis" />
        </>
      ),
      value: reason,
    },
  ],
});

function EvidenceLink({ ids, what }: { ids: readonly string[]; what: "run" | "analysis" }): VNode | null {
  if (ids.length === 0) return null;
  const many = { run: "runs", analysis: "analyses" }[what];
  return (
    <p class="evidence">
      <RunsLink runs={ids}>The {ids.length === 1 ? what : `${ids.length} ${many}`} behind it</RunsLink>
    </p>
  );
}

const shownP = (p: number | undefined): string =>
  p === undefined ? "-" : p < 0.001 ? p.toExponential(1) : p.toFixed(3);

const VerdictBadge = ({ verdict, preset }: { verdict: Verdict; preset?: string | undefined }): VNode => (
  <Badge kind={VERDICTS[verdict].kind} sign={VERDICTS[verdict].sign}>
    {preset === undefined ? verdict : verdictWords({ verdict, preset })}
  </Badge>
);

const printedWord = (printed: boolean | string): string =>
  ({ true: "yes", false: "no", partial: "in part", unknown: "no numbers" })[String(printed)] ?? String(printed);
