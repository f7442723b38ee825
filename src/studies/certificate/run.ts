import { rmSync } from "node:fs";
import { join } from "node:path";
import type { CertificateConfig, Part } from "./settings.js";
import { FAMILIES } from "../quadratic/settings.js";
import { identify } from "../../config/read-config.js";
import { EXIT, UserError } from "../../core/errors.js";
import { leastTag, openDomain, type Domain } from "../../data/index.js";
import type { Engine } from "../../engine/engine.js";
import { certificateKind, type Certificate, type CertificateRow } from "./record.js";
import { openAnalysisStore, type AnalysisStore } from "../../records/analysis-store.js";
import { NUMERICS } from "../../records/numerics.js";
import { certifyDeep, loggedLearnings } from "./deep.js";
import { certifyQuadratics } from "./quadratics.js";
import type { CertificateOutcome } from "./show.js";
import { certifySoftmax } from "./softmax.js";
import { quadraticLearning, type QuadraticLearning } from "../quadratic/record.js";
import { pace } from "../../core/interruption.js";
import { analysisId, beginAnalysis, openOwnStore } from "../shared/begin.js";
import { CHECKPOINT } from "../shared/learn-blocks.js";
import type { Ground } from "../shared/ground.js";
import type { OwnConfig } from "../shared/own-config.js";

/** What a part is made of, and how. */
interface Making {
  readonly settings: Record<string, unknown>;
  readonly runs: readonly string[];
  make(folder: string): Promise<{ rows: CertificateRow[]; engine?: Engine; dataTag?: Certificate["dataTag"] }>;
}

/** Computes the bound for every part of the config, or takes what is finished.
 *  @returns the parts' records, and how many were computed now.
 *  @throws UserError: (usage) no preconditioner was learned; (data) images are missing. Interrupted. */
export async function runCertificate(
  config: OwnConfig<CertificateConfig>,
  ground: Ground,
): Promise<CertificateOutcome> {
  const folder = join(ground.results, config.experimentFolder);
  const store = openOwnStore(folder, config);
  const makers: Record<Part, () => Making | undefined> = {
    A: () => quadratics(config, ground),
    B: () => softmax(config, ground),
    C: () => deepNets(config, ground),
  };
  // All are looked at before any is made: what is missing shows at once.
  const parts = config.value.parts.map((part) => [part, makers[part]()] as const);
  const records: Certificate[] = [];
  let fresh = 0;
  try {
    for (const [part, making] of parts) {
      if (making === undefined) continue;
      const id = analysisId(certificateKind, { part, settings: making.settings, runs: making.runs });
      if (!store.has(id)) {
        await makePart(config, store, part, id, making);
        fresh++;
      }
      records.push(store.read(certificateKind, id));
    }
  } finally {
    ground.progress.end();
  }
  return { results: ground.results, name: config.experimentFolder, records, fresh };
}

async function makePart(
  config: OwnConfig<CertificateConfig>,
  store: AnalysisStore,
  part: Part,
  id: string,
  { settings, runs, make }: Making,
): Promise<void> {
  const { head } = beginAnalysis(certificateKind, config, { id, settings, runs });
  const { rows, engine, dataTag } = await make(store.folderOf(id));
  store.write(certificateKind, { ...head({ engine: engine?.details ?? null, dataTag }), part, rows }, {});
  rmSync(join(store.folderOf(id), CHECKPOINT), { recursive: true, force: true });
}

function quadratics(config: OwnConfig<CertificateConfig>, { results, signal, progress }: Ground): Making {
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
function learnedPreconditioners(config: OwnConfig<CertificateConfig>, results: string): QuadraticLearning[] {
  const { study: name, families } = config.value.quadratics;
  const folder = join(results, identify(config.preset, { name }).experimentFolder);
  const store = openAnalysisStore(folder);
  const learned = store.all(quadraticLearning).filter(({ numerics }) => numerics === NUMERICS);
  const missing = FAMILIES.filter(
    (family) => families[family] !== undefined && !learned.some((one) => one.family === family),
  );
  if (missing.length === 0) return learned;
  throw new UserError(EXIT.usage, {
    where: folder,
    given: `no preconditioner was learned for ${missing.join(", ")}`,
    accepted: `what the two-dimensional study learned at the same preset, with numerics ${NUMERICS}: part A's M`,
    hint: `metamd quadratic --config configs/quadratic.yaml --preset ${config.preset} first, or --part B --part C`,
  });
}

function softmax(config: OwnConfig<CertificateConfig>, ground: Ground): Making {
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

function deepNets({ value }: OwnConfig<CertificateConfig>, { results, onNotice }: Ground): Making | undefined {
  const { usable, unusable } = loggedLearnings(results);
  for (const { run, why } of unusable) onNotice?.(`part C leaves out ${run}: ${why}`);
  if (usable.length === 0) {
    onNotice?.(`part C: no meta-training of MetaMD in ${results}; metamd run --config FILE makes one`);
    return undefined;
  }
  return {
    settings: { delta: value.delta },
    runs: usable.map(({ record }) => record.id),
    make: () => Promise.resolve({ rows: usable.map((one) => certifyDeep(value, one)) }),
  };
}
