// The reference of all keys of a config, for docs.js: Markdown from the same schemas that check configs.
import { acceptedText } from "../dist/src/config/accepted.js";
import { CONFIG_KINDS, configSchema } from "../dist/src/studies/index.js";
import { z } from "zod";

/** Where the paper speaks of a key, by the beginning of its path; the longest one counts. */
const PAPER = {
  experiment: {
    suite: "5",
    "suite.protocol": "5: one domain held out",
    "suite.augmentation": "not stated",
    "suite.normalise": "not stated",
    "suite.limits": "ours",
    "suite.classesPerTask": "ours",
    model: "5, Tables 1 to 3",
    "model.pretrained": "Table 8",
    "model.freeze": "Table 8",
    training: "not stated",
    "training.aucWindowSteps": "Tables 5, 6 and 8",
    methods: "5",
    plugins: "ours",
    variants: "ours",
    methodSettings: "A.7",
    metaTraining: "5",
    "metaTraining.metamd": "4, Alg. 1",
    "metaTraining.metamd.mode": "Eq. 12, 13, Alg. 2",
    "metaTraining.metamd.inverse": "Alg. 2, A.12",
    "metaTraining.metamd.gamma": "Eq. 8",
    "metaTraining.metamd.regulariserPower": "Eq. 41",
    "metaTraining.metamd.normalise": "ours",
    "metaTraining.metamd.initialisation": "not stated",
    "metaTraining.metamd.cap": "ours",
    "metaTraining.metamd_short": "ours",
    "metaTraining.l2o": "Andrychowicz et al. 2016",
    "metaTraining.meta_sgd": "Li et al. 2017",
    "metaTraining.meta_curvature": "Park & Oliva 2019",
    "metaTraining.aruba": "Khodak et al. 2019",
    learnedFiles: "Table 8",
    tuning: "A.7",
    "tuning.extendGrid": "ours",
    "tuning.earlyStopping": "ours",
    trials: "5",
    trialWeightDecays: "5, weight decay",
    analysis: "5, Figs. 7 and 8",
    "analysis.rank": "5, Fig. 8",
    "analysis.landscape": "5, Fig. 7",
  },
  quadratic: { "": "5, Fig. 1" },
  certificate: { "": "4.1, Theorem 4.1" },
  hypergradient: { "": "4, Alg. 2" },
};
const TITLES = {
  experiment: "An experiment",
  quadratic: "`study: quadratic`",
  certificate: "`study: certificate`",
  hypergradient: "`study: hypergradient`",
};
/** Mappings with the same keys for every method: said once. */
const SAID_ONCE = /^(variants|tuning\.space\.methods)\./;

/** The text of docs/config.md. */
export async function configReference() {
  const partOf = async (kind) => {
    const schema = await configSchema(kind);
    const json = z.toJSONSchema(schema(), { io: "input", unrepresentable: "any" });
    const rows = rowsOf(json, "", PAPER[kind]);
    const table = [["key", "what is accepted", "default", "meaning", "paper"], Array(5).fill("---"), ...rows];
    return `## ${TITLES[kind]}\n\n${table.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
  };
  const parts = await Promise.all(CONFIG_KINDS.map(partOf));
  return `# Every key of a config

Written by \`npm run docs\` from the schemas that check configs. \`metamd config schema\` gives the same to editors, and the shipped
configs name it in their first line. \`presets\` may change any key. Where a preset or \`--set\` chooses another \`kind\`, keys
that only the kind before has are left out. A default of "needed" has none: the key must be there; "-"
says what is absent changes nothing. "ours" and "not stated" say that the paper has nothing of it.

${parts.join("\n")}`;
}

function rowsOf(node, path, paper) {
  return Object.entries(node.properties ?? {}).flatMap(([name, schema]) => {
    const at = path === "" ? name : `${path}.${name}`;
    const needed = (node.required ?? []).includes(name);
    const what = cell(accepted(schema, at));
    const row = [code(at), what, usual(schema, needed), cell(schema.description ?? ""), paperOf(paper, at)];
    return [row, ...inside(schema, at, paper)];
  });
}

/** The keys of a mapping, or of the mappings among alternatives. */
function inside(schema, at, paper) {
  if (SAID_ONCE.test(`${at}.`)) return [];
  if (schema.properties !== undefined) return rowsOf(schema, at, paper);
  const seen = new Set();
  return alternatives(schema)
    .filter(({ properties }) => properties !== undefined)
    .flatMap((one) => rowsOf(one, at, paper))
    .filter(([key, what]) => {
      const same = `${key} ${what}`;
      const known = seen.has(same);
      seen.add(same);
      return !known && !key.endsWith(".kind`");
    });
}

const alternatives = (schema) => (schema.anyOf ?? schema.oneOf)?.flatMap(alternatives) ?? [schema];

function accepted(schema, at) {
  if (/(^|\.)(domains|metaTest|metaTrain)$/.test(at) && schema.type === "array")
    return "a list of domains: `metamd data list`";
  if (at === "methods") return "all, or a list of methods: `metamd methods`";
  if (/(^|\.)(domain|novel)$/.test(at)) return "a domain: `metamd data list`";
  if (schema.properties !== undefined) return "a mapping";
  if (typeof schema.additionalProperties === "object") return "a mapping by name";
  return acceptedText(schema);
}

function usual(schema, needed) {
  if (schema.default === undefined) return needed ? "needed" : "-";
  return schema.properties !== undefined ? "its keys'" : cell(code(JSON.stringify(schema.default)));
}

function paperOf(paper, at) {
  const found = Object.keys(paper).filter((begin) => begin === "" || at === begin || at.startsWith(`${begin}.`));
  const longest = found.sort((a, b) => b.length - a.length)[0];
  return longest === undefined ? "" : paper[longest];
}

const code = (text) => `\`${text}\``;
const cell = (text) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
