import { counted } from "../../core/wording.js";
import type { RunRecord } from "../../records/record.js";
import { mark, type Mark } from "../table/table.js";

type Engine = RunRecord["engine"];
/** A run, as far as it tells what made its numbers. */
interface Made extends Pick<RunRecord, "engine" | "earlierEngines"> {
  readonly cell: Pick<RunRecord["cell"], "method">;
}

/** What is known of the engine of every record, and decides how numbers are rounded. Versions of libraries that compute
 *  nothing are left out. */
function inWords(
  engine: Engine,
  compared: { kernels: boolean; threads: boolean; devices: boolean; own: readonly OwnOperation[] },
): string {
  const { name, precision, gpu, device, versions, kernels, threads } = engine;
  const library = versions[name] ?? versions["tfjs-core"] ?? "";
  const known = compared.kernels ? kernels : undefined;
  return [
    `${name} ${library}`.trim(),
    precision,
    gpu ? ["GPU", ...(compared.devices ? [device!.name] : [])].join(" ") : "CPU",
    ...(known === undefined ? [] : [known.instructions]),
    ...(compared.threads && sumsByThreads(engine) ? [counted(threads, "thread")] : []),
    ...(known?.oneDnn === false ? ["without oneDNN"] : []),
    ...(known?.tf32 === true ? ["TF32"] : []),
    ...(known?.deterministic === false ? ["not deterministic"] : []),
    ...compared.own.flatMap(({ kernel, words }) => (known?.[kernel] === true ? [words] : [])),
  ].join(", ");
}

/** What computed a run, one after the other. */
const enginesOf = ({ engine, earlierEngines = [] }: Made): Engine[] => [...earlierEngines, engine];

/** Whether sums, like a convolution's gradient, are split by the number of threads. */
const sumsByThreads = ({ name, gpu }: Engine): boolean => name === "tensorflow" && !gpu;

/** An operation that an engine has of its own or composes, which rounds the numbers of some methods otherwise. */
interface OwnOperation {
  readonly kernel: "lstm" | "lstmCell" | "rankOneSolve" | "symmetricEigen" | "elementwise" | "sums" | "matMul";
  /** Of the methods, variants included. */
  readonly methods: RegExp;
  readonly words: string;
}
const OWN_OPERATIONS: readonly OwnOperation[] = [
  { kernel: "lstm", methods: /^l2o(\/|$)/, words: "own LSTM" },
  { kernel: "lstmCell", methods: /^l2o(\/|$)/, words: "own LSTM cell" },
  { kernel: "rankOneSolve", methods: /^metamd(_|\/|$)/, words: "own preconditioner" },
  { kernel: "symmetricEigen", methods: /^kfac(\/|$)/, words: "own eigenvectors" },
  { kernel: "elementwise", methods: /^(kfac|l2o)(\/|$)/, words: "own updates" },
  { kernel: "sums", methods: /^(kfac|metamd)(_|\/|$)/, words: "own sums" },
  { kernel: "matMul", methods: /^/, words: "own products" },
];

/** What a reader has to know where runs were computed by different engines, builds or precisions; nothing where all are
 *  alike. Records of earlier programs do not say all of it: then only what all say is compared.
 *  @param records of the runs behind a table. */
export function engineMarks(records: Iterable<Made>): Mark[] {
  const all = [...records];
  const engines = all.flatMap(enginesOf);
  const own = OWN_OPERATIONS.filter(({ kernel, methods }) => {
    const runs = all.filter(({ cell }) => methods.test(cell.method));
    return new Set(runs.flatMap(enginesOf).map(({ kernels }) => kernels?.[kernel] === true)).size > 1;
  });
  const allSay = engines.every(({ kernels }) => kernels !== undefined);
  const threads = new Set(engines.filter(sumsByThreads).map((engine) => engine.threads));
  const devices = engines.every(({ gpu, device }) => !gpu || device !== undefined);
  const compared = { kernels: allSay, threads: threads.size > 1, devices, own };
  const inThese = (engine: Engine): string => inWords(engine, compared);
  if (new Set(engines.map(inThese)).size < 2) return [];
  const counts = new Map<string, number>();
  for (const record of all) {
    const words = [...new Set(enginesOf(record).map(inThese))].join(", then ");
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  const each = [...counts].map(([words, count]) => `${words}: ${count}`).join("; ");
  return [mark("mixed-engines", `runs of different engines or processors, which round otherwise (${each})`)];
}
