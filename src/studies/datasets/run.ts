import { join } from "node:path";
import { EXIT, UserError } from "../../core/errors.js";
import { loadConfig, type ResolvedConfig } from "../../config/load.js";
import type { ConfigFlags } from "../../config/read-config.js";
import { dataOptions, holdouts } from "../../config/suite.js";
import { leastTag, openDomain, type Domain } from "../../data/index.js";
import { datasetsKind, type Datasets } from "./record.js";
import { openAnalysisStore, type AnalysisStore } from "../../records/analysis-store.js";
import type { Counted } from "./show.js";
import { analysedConfig, analysisId, beginAnalysis } from "../shared/begin.js";

/** Counts them for a config, beside its experiment. */
export function runDatasets(flags: ConfigFlags, results: string, data: string): Counted & { readonly folder: string } {
  const config = loadConfig(flags);
  const store = openAnalysisStore(join(results, config.experimentFolder));
  const counted = countDatasets(config, data, store);
  return { ...counted, folder: store.folderOf(counted.record.id) };
}

/** Counts the images of every domain of a suite that is here, whole: the limits of a config are left aside.
 *  @throws UserError (data) when none is here. */
export function countDatasets(config: ResolvedConfig, dataFolder: string, store: AnalysisStore): Counted {
  const { folder, partition, photos, frame, normalise } = dataOptions(config, dataFolder);
  const options = { folder, partition, photos, frame, normalise };
  const missing: { domain: string; reason: string }[] = [];
  const here: Domain[] = [];
  for (const id of config.suite.domains) {
    try {
      here.push(openDomain(id, options));
    } catch (error) {
      if (!(error instanceof UserError) || error.exitCode !== EXIT.data) throw error;
      missing.push({ domain: id, reason: error.faults.map(({ where, given }) => `${where}: ${given}`).join("; ") });
    }
  }
  if (here.length === 0) {
    throw new UserError(EXIT.data, {
      where: dataFolder,
      given: "none of the suite's domains is here",
      accepted: config.suite.domains.join(", "),
      hint: "metamd data fetch, or name another folder with --data",
    });
  }
  const roles = holdouts(config);
  const groupOf = (id: string): Datasets["rows"][number]["group"] => {
    const tested = roles.some(({ holdout }) => holdout === id);
    const learnedFrom = roles.some(({ metaTrain }) => metaTrain.includes(id));
    return tested && learnedFrom ? "both" : tested ? "meta_test" : "meta_train";
  };
  const settings = { domains: here.map(({ id, checksum }) => ({ id, checksum, group: groupOf(id) })) };
  const id = analysisId(datasetsKind, { settings });
  if (store.has(id)) return { record: store.read(datasetsKind, id), missing };
  const { head } = beginAnalysis(datasetsKind, analysedConfig(config), { id, settings });
  const rows = here.map(({ id, classes, dataTag, count }) => ({
    domain: id,
    group: groupOf(id),
    train: count("train"),
    validation: count("validation"),
    test: count("test"),
    classes,
    tag: dataTag,
  }));
  const record: Datasets = {
    ...head({ dataTag: leastTag(here.map(({ dataTag }) => dataTag)) }),
    rows,
  };
  store.write(datasetsKind, record, {});
  return { record, missing };
}
