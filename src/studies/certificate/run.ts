import { rmSync } from "node:fs";
import { join } from "node:path";
import type { CertificateConfig, Part } from "./settings.js";
import { FAMILIES, type ResolvedStudy } from "../quadratic/settings.js";
import { identify } from "../../config/read-config.js";
import { EXIT, UserError } from "../../core/errors.js";
import type { ProgressReporter } from "../../core/progress.js";
import { leastTag } from "../../data/dataset.js";
import { openDomain, type Domain } from "../../data/domain.js";
import type { Engine } from "../../engine/engine.js";
import type { AnalysisOf, CertificateRow, QuadraticLearning } from "../../records/analysis.js";
import { openAnalysisStore, type AnalysisStore } from "../../records/analysis-store.js";
import { NUMERICS } from "../../records/numerics.js";
import { certifyDeep, loggedLearnings } from "./deep.js";
import { certifyQuadratics } from "./quadratics.js";
import { certifySoftmax } from "./softmax.js";
import { pace } from "../../core/pace.js";
import { analysisId, beginAnalysis, refuseOtherConfig } from "../shared/record-head.js";

export type CertificateRecord = AnalysisOf<"certificate">;

/** What is around the study. */
export interface CertificateGround {
  /** Folder of all experiments. */
  readonly results: string;
  /** Folder of all datasets. */
  readonly data: string;
  /** Called where something has to be learned. */
  openEngine(): Promise<Engine>;
  readonly signal: AbortSignal;
  readonly progress: ProgressReporter;
  /** Takes what a user should know of a part that has nothing to say. */
  onNotice(text: string): void;
}

/** What a part is made of, and how. */
interface Making {
  readonly settings: Record<string, unknown>;
  readonly runs: readonly string[];
  make(folder: string): Promise<{ rows: CertificateRow[]; engine?: Engine; dataTag?: CertificateRecord["dataTag"] }>;
}

/** Computes the bound for every part of the config, or takes what is finished.
 *  @returns the parts' records, and how many were computed now.
 *  @throws UserError: (usage) no preconditioner was learned; (data) images are missing. Interrupted. */
export async function runCertificate(
  config: ResolvedStudy<CertificateConfig>,
  ground: CertificateGround,
): Promise<{ readonly records: readonly CertificateRecord[]; readonly fresh: number }> {
  const folder = join(ground.results, config.experimentFolder);
  const store = openAnalysisStore(folder);
  refuseOtherConfig(store, folder, config);
  const makers: Record<Part, () => Making | undefined> = {
    A: () => quadratics(config, ground),
    B: () => softmax(config, ground),
    C: () => deepNets(config, ground),
  };
  // All are looked at before any is made: what is missing shows at once.
  const parts = config.value.parts.map((part) => [part, makers[part]()] as const);
  const records: CertificateRecord[] = [];
  let fresh = 0;
  try {
    for (const [part, making] of parts) {
      if (making === undefined) continue;
      const id = analysisId("certificate", { part, settings: making.settings, runs: making.runs });
      if (!store.has(id)) {
        await makePart(config, store, part, id, making);
        fresh++;
      }
      records.push(store.read(id) as CertificateRecord);
    }
  } finally {
    ground.progress.end();
  }
  return { records, fresh };
}

async function makePart(
  config: ResolvedStudy<CertificateConfig>,
  store: AnalysisStore,
  part: Part,
  id: string,
  { settings, runs, make }: Making,
): Promise<void> {
  const { head } = beginAnalysis(config, null);
  const { rows, engine, dataTag } = await make(store.folderOf(id));
  const made = { ...head(), engine: engine === undefined ? null : { ...engine.details }, dataTag };
  store.write<"certificate">({ kind: "certificate", id, ...made, settings, runs: [...runs], part, rows }, {});
  rmSync(join(store.folderOf(id), "checkpoint"), { recursive: true, force: true });
}

function quadratics(
  config: ResolvedStudy<CertificateConfig>,
  { results, signal, progress }: CertificateGround,
): Making {
  const { quadratics, delta, seed } = config.value;
  const learned = learnedPreconditioners(config, results);
  const families = FAMILIES.filter((family) => quadratics.families[family] !== undefined);
  return {
    settings: { quadratics, delta, seed, learned: learned.map(({ id, family }) => ({ id, family })) },
    runs: [],
    async make() {
      let done = 0;
      const rest = pace(signal);
      progress.begin("A: quadratics", families.length * quadratics.redraws);
      const pause = (): Promise<void> => (progress.at(++done, "redraws"), rest());
      return { rows: await certifyQuadratics(config.value, learned, pause) };
    },
  };
}

/** What the two-dimensional study learned at the same preset.
 *  @throws UserError (usage) with the command that learns it. */
function learnedPreconditioners(config: ResolvedStudy<CertificateConfig>, results: string): QuadraticLearning[] {
  const { study: name, families } = config.value.quadratics;
  const folder = join(results, identify(config.preset, { name }).experimentFolder);
  const store = openAnalysisStore(folder);
  const learned = store
    .list()
    .map((id) => store.read(id))
    .filter((record) => record.kind === "quadratic-learning")
    .filter(({ numerics }) => numerics === NUMERICS);
  const missing = FAMILIES.filter(
    (family) => families[family] !== undefined && !learned.some((one) => one.family === family),
  );
  if (missing.length === 0) return learned;
  throw new UserError(EXIT.usage, {
    where: folder,
    given: `no preconditioner was learned for ${missing.join(", ")}`,
    accepted: `what the two-dimensional study learned at the same preset, with numerics ${NUMERICS}: part A's M`,
    remedy: `metamd quadratic --config configs/quadratic.yaml --preset ${config.preset} first, or --part B --part C`,
  });
}

function softmax(config: ResolvedStudy<CertificateConfig>, ground: CertificateGround): Making {
  const { softmax, delta, seed } = config.value;
  const { data, signal, progress, openEngine } = ground;
  const open = (id: string): Domain => openDomain(id, { folder: data, trainImages: softmax.trainImages });
  const domains = softmax.domains.map(open);
  const novel = open(softmax.novel);
  const all = [...domains, novel];
  const checksums = Object.fromEntries(all.map(({ id, checksum }) => [id, checksum]));
  return {
    settings: { softmax, delta, seed, checksums },
    runs: [],
    async make(folder) {
      const engine = await openEngine();
      let stage = 0;
      // Learning, an optimum per rotation, and averaged iterates of both preconditioners.
      progress.begin("B: softmax regression", all.length + 3);
      const say = (what: string): void => progress.at(stage++, what);
      const rows = await certifySoftmax(config.value, {
        domains,
        novel,
        engine,
        folder,
        signal,
        say,
        pause: pace(signal),
      });
      return { rows, engine, dataTag: leastTag(all.map(({ dataTag }) => dataTag)) };
    },
  };
}

function deepNets(
  { value }: ResolvedStudy<CertificateConfig>,
  { results, onNotice }: CertificateGround,
): Making | undefined {
  const { usable, unusable } = loggedLearnings(results);
  for (const { run, why } of unusable) onNotice(`part C leaves out ${run}: ${why}`);
  if (usable.length === 0) {
    onNotice(`part C: no meta-training of MetaMD in ${results}; metamd run --config FILE makes one`);
    return undefined;
  }
  return {
    settings: { delta: value.delta },
    runs: usable.map(({ record }) => record.id),
    make: () => Promise.resolve({ rows: usable.map((one) => certifyDeep(value, one)) }),
  };
}
