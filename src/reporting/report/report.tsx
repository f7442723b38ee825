import { timestamp } from "../../core/clock.js";
import { readEvidence } from "../evidence.js";
import { readStatus } from "../status.js";
import { renderPage, type Part } from "./page.js";
import { Experiments } from "./sections/experiments.js";
import { Failures } from "./sections/failures.js";
import { Provenance } from "./sections/provenance.js";
import { Tuning } from "./sections/tuning.js";

export interface ReportOptions {
  /** Only experiments of this preset. */
  readonly preset?: string | undefined;
  /** A page that its server keeps up to date. */
  readonly live?: boolean;
}

/** Everything that a results folder holds as one HTML page.
 *  @throws UserError: (usage) there is nothing in it; (data) a file is damaged. */
export async function report(results: string, { preset, live = false }: ReportOptions = {}): Promise<string> {
  const evidence = readEvidence(results, preset);
  const statuses = evidence.experiments.map(({ store, plan }) => readStatus(store.folder, plan));
  const methods = new Map(
    evidence.experiments.flatMap(({ plan }) => plan.methods.map((one) => [one.id, one] as const)),
  );
  const parts: Part[] = [
    { id: "experiments", title: "Experiments", body: <Experiments evidence={evidence} statuses={statuses} /> },
    { id: "tuning", title: "Tuning", body: <Tuning experiments={evidence.experiments} /> },
    { id: "failures", title: "Failures", body: <Failures evidence={evidence} statuses={statuses} /> },
    { id: "provenance", title: "Provenance", body: <Provenance evidence={evidence} /> },
  ];
  return renderPage({
    title: "Optimisers compared",
    about: `Made ${timestamp().slice(0, 16).replace("T", " ")} UTC by metamd from the records of the runs below.`,
    ...{ parts, live, methods: [...methods.values()] },
  });
}
