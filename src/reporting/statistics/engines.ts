import type { RunRecord } from "../../records/record.js";
import { mark, type Mark } from "../table/table.js";

type Engine = RunRecord["engine"];

/** What is known of the engine of every record, and decides a number's last digits. Threads and versions of libraries that
 *  compute nothing are left out. */
function inWords({ name, precision, gpu, versions, kernels }: Engine, withKernels: boolean): string {
  const library = versions[name] ?? versions["tfjs-core"] ?? "";
  const known = withKernels ? kernels : undefined;
  return [
    `${name} ${library}`.trim(),
    precision,
    gpu ? "GPU" : "CPU",
    ...(known === undefined ? [] : [known.instructions]),
    ...(known?.oneDnn === false ? ["without oneDNN"] : []),
    ...(known?.tf32 === true ? ["TF32"] : []),
    ...(known?.deterministic === false ? ["not deterministic"] : []),
  ].join(", ");
}

/** What a reader has to know where runs were computed by different engines, builds or precisions; nothing where all are
 *  alike. Records of earlier programs do not say all of it: then only what all say is compared.
 *  @param records of the runs behind a table. */
export function engineMarks(records: Iterable<Pick<RunRecord, "engine">>): Mark[] {
  const engines = [...records].map(({ engine }) => engine);
  const allSay = engines.every(({ kernels }) => kernels !== undefined);
  const counts = new Map<string, number>();
  for (const engine of engines) {
    const words = inWords(engine, allSay);
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  if (counts.size < 2) return [];
  const each = [...counts].map(([words, count]) => `${words}: ${count}`).join("; ");
  return [mark("mixed-engines", `runs of different engines, whose numbers differ in their last digits (${each})`)];
}
