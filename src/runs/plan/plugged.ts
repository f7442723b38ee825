import type { ConfigPlugin } from "../../config/plugins.js";
import type { ResolvedConfig } from "../../config/load.js";
import type { Row } from "../../config/variants.js";
import type { UsedPlugin } from "../../records/record.js";

type Config = Pick<ResolvedConfig, "pluginFiles" | "model">;

/** The plug-in that brings a row's rule. */
export const ofRule = ({ pluginFiles }: Config, { method }: Row): ConfigPlugin | undefined =>
  pluginFiles.find(({ methods }) => methods.includes(method));

/** The plug-in that brings the learner of a row. */
export const ofLearner = ({ pluginFiles }: Config, { learning }: Row): ConfigPlugin | undefined =>
  pluginFiles.find(({ learners }) => learning !== undefined && learners.includes(learning.method));

/** The plug-in that brings the model. */
export const ofModel = ({ pluginFiles, model }: Config): ConfigPlugin | undefined =>
  pluginFiles.find(({ models }) => models.includes(model.kind));

/** Of what a run's numbers depend on: a plug-in's content, and nothing where there is none. */
export const contentOf = (plugin: ConfigPlugin | undefined): { readonly plugin?: string } =>
  plugin === undefined ? {} : { plugin: plugin.sha256 };

/** The plug-ins that a run uses, in the order of the config. @param row that it is of, or that is learned. */
export function usedPlugins(config: ResolvedConfig, row: Row, learns: boolean): UsedPlugin[] {
  const used = [ofModel(config), learns ? ofLearner(config, row) : undefined, ofRule(config, row)];
  return config.pluginFiles
    .filter((plugin) => used.includes(plugin))
    .map(({ written, sha256 }) => ({ file: written, sha256 }));
}
