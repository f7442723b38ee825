import { canonicalJson } from "../core/hash.js";
import { tooManyRuns } from "./bounds.js";
import { repeated, type PathFault } from "./faults.js";
import type { MetamdSettings } from "../meta/metamd/settings.js";
import { dotted, type Path } from "./layers.js";
import type { Config } from "./schema.js";
import { holdouts } from "./suite.js";
import { resolvedTuning, tuningFaults, tuningSpace } from "./tuning.js";
import { rowsOf, steppingVariants } from "./variants.js";

/** What one key alone cannot tell: lists without repetition, and a suite that can do what is asked of it. */
export function crossChecks(config: Config): PathFault[] {
  const { suite, methods } = config;
  const { domains, protocol } = suite;
  const faults = [...repeated(["suite", "domains"], domains), ...repeated(["methods"], methods)];
  faults.push(...repeated(["trialWeightDecays"], config.trialWeightDecays ?? []));
  faults.push(...tuningFaults(config), ...analysisFaults(config));
  if (protocol !== "leave-one-out") faults.push(...protocolFaults(domains, protocol));
  const learned = rowsOf(config).flatMap(({ id, learning }) => (learning === undefined ? [] : [id]));
  const nothing = holdouts(config).find(({ metaTrain }) => metaTrain.length === 0);
  if (learned.length > 0 && nothing !== undefined && faults.length === 0)
    faults.push({
      path: ["suite", "domains"],
      given: `no domain left to learn ${learned.join(", ")} on when ${nothing.holdout} is held out`,
      accepted: "at least one domain besides the holdout",
      hint: `add a domain, or take ${learned.join(", ")} out of methods`,
    });
  faults.push(
    ...headFaults(config),
    ...inverseFaults(config),
    ...variantNames(config),
    ...timedAlone(config),
    ...sameRows(config),
    ...unusedFiles(config),
    ...planTooLarge(config),
  );
  return faults;
}

/** How many runs all keys together ask for. */
function planTooLarge(config: Config): PathFault[] {
  const { trials, trialWeightDecays = [0] } = config;
  const tuning = resolvedTuning(config);
  const points = (row: string): number => {
    const { budget } = tuning;
    if (budget === undefined)
      return Object.values(tuningSpace(config, row)).reduce((product, values) => product * (values?.length ?? 1), 1);
    return typeof budget === "object" ? budget.atMost : budget;
  };
  const ofRows = rowsOf(config).map(({ id }) => points(id) * tuning.seeds + trials * trialWeightDecays.length + 1);
  const runs = holdouts(config).length * ofRows.reduce((sum, count) => sum + count, 0);
  const largest = trials > tuning.seeds ? ["trials"] : ["tuning"];
  return tooManyRuns(runs, largest, "trials, tuning.seeds, tuning.budget or the values of tuning.space");
}

function analysisFaults({ analysis: { landscape, rank } }: Config): PathFault[] {
  const faults = repeated(["analysis", "rank", "splits"], rank.splits);
  const { from, to } = landscape;
  if (from < to) return faults;
  const path = ["analysis", "landscape", "to"];
  const accepted = `numbers above analysis.landscape.from, ${from}`;
  return [...faults, { path, given: `given ${to}`, accepted, hint: "raise it, or lower the other" }];
}

/** Every drawing of classes has a classifier of its own: nothing can be learned for it. */
function headFaults(config: Config): PathFault[] {
  if (config.suite.classesPerTask === undefined) return [];
  const accepted = "false where suite.classesPerTask is given";
  const paths = rowsOf(config).flatMap(({ id, learning }): Path[] => {
    if (learning === undefined || !("includeHead" in learning.settings) || learning.settings.includeHead !== true)
      return [];
    const [, name] = id.split("/");
    const own = name !== undefined && config.variants![name]!.metaTraining?.includeHead !== undefined;
    return [[...(own ? ["variants", name, "metaTraining"] : ["metaTraining", learning.method]), "includeHead"]];
  });
  const unlike = new Map(paths.map((path) => [dotted(path), path]));
  return [...unlike.values()].map((path) => ({ path, given: "given true", accepted, hint: "set it to false" }));
}

/** Of the modes that invert nothing, those whose settings say how. */
function inverseFaults(config: Config): PathFault[] {
  const faults = rowsOf(config).flatMap(({ learning }): PathFault[] => {
    if (learning === undefined || !("inverse" in learning.settings)) return [];
    const [, name] = learning.id.split("/");
    const own = name !== undefined && config.variants![name]!.metaTraining?.inverse !== undefined;
    const path = own ? ["variants", name, "metaTraining"] : ["metaTraining", learning.method];
    return unusedInverse(path, learning.settings as MetamdSettings, learning.id);
  });
  return [...new Map(faults.map((one) => [dotted(one.path), one])).values()];
}

/** @param path of MetaMD's settings. @param id what is learned with them. */
export function unusedInverse(path: Path, { mode, inverse }: MetamdSettings, id = "metamd"): PathFault[] {
  if (inverse.kind === "exact" || (mode !== "direct" && mode !== "unrolled")) return [];
  const given = `given a Neumann series, but mode ${mode} of ${id} inverts nothing`;
  return [{ path: [...path, "inverse"], given, accepted: "exact", hint: `set it to exact for ${id}` }];
}

/** Names of variants are parts of ids, which stand in commands and file names. */
function variantNames({ variants = {} }: Config): PathFault[] {
  const names = Object.keys(variants).filter((name) => !/^[a-z0-9][a-z0-9._-]*$/.test(name));
  const accepted = "lower-case letters, digits, dots, _ or -, a letter or digit first";
  return names.map((name) => {
    const given = `given the name ${JSON.stringify(name)}`;
    return { path: ["variants", name], given, accepted, hint: "give it another name" };
  });
}

/** What is only timed differs in its step alone. */
function timedAlone({ variants = {} }: Config): PathFault[] {
  return Object.entries(variants).flatMap(([name, { costOnly, methodSettings, metaTraining }]): PathFault[] => {
    if (costOnly !== true || (methodSettings !== undefined && metaTraining === undefined)) return [];
    return [
      {
        path: ["variants", name, "costOnly"],
        given: `given true with ${metaTraining === undefined ? "no methodSettings" : "metaTraining"}`,
        accepted: "true where methodSettings alone differ: only a step is timed",
        hint: "give methodSettings alone, or leave costOnly out",
      },
    ];
  });
}

function unusedFiles(config: Config): PathFault[] {
  const used = rowsOf(config).flatMap(({ given }) => given?.method ?? []);
  const unused = Object.keys(config.learnedFiles ?? {}).filter((id) => !used.some((one) => one === id));
  return unused.map((id) => {
    const given = `given a file, but no method applies what ${id} learned`;
    return { path: ["learnedFiles", id], given, accepted: used.join(", ") || undefined, hint: "leave it out" };
  });
}

/** Rows that differ in nothing would be the same runs. */
function sameRows(config: Config): PathFault[] {
  const known = new Map<string, string>();
  const rows = new Map([...rowsOf(config), ...steppingVariants(config)].map((row) => [row.id, row]));
  return [...rows.values()].flatMap(({ id, method, settings, learning, given }): PathFault[] => {
    const text = canonicalJson({ method, settings, learned: learning?.settings, given });
    const other = known.get(text);
    known.set(text, other ?? id);
    const [, name] = id.split("/");
    if (other === undefined || name === undefined) return [];
    return [
      {
        path: ["variants", name],
        given: `given what ${other} is already`,
        accepted: "settings that differ from those of every other row",
        hint: "change or delete it",
      },
    ];
  });
}

function protocolFaults(
  domains: readonly string[],
  protocol: Exclude<Config["suite"]["protocol"], string>,
): PathFault[] {
  const { metaTest, metaTrain = [], sharedOnPurpose } = protocol;
  const path = (name: string, index: number): Path => ["suite", "protocol", name, index];
  const lists = { metaTest, metaTrain };
  const faults = Object.entries(lists).flatMap(([name, list]) => [
    ...repeated(["suite", "protocol", name], list),
    ...list.flatMap((domain, i): PathFault[] =>
      domains.includes(domain)
        ? []
        : [
            {
              path: path(name, i),
              given: `given ${JSON.stringify(domain)}, which is not a domain of the suite`,
              accepted: domains.join(", "),
              hint: "add it to suite.domains, or delete it here",
            },
          ],
    ),
  ]);
  const shared = metaTrain.flatMap((domain, i) => (metaTest.includes(domain) ? [{ domain, i }] : []));
  if (sharedOnPurpose !== true)
    for (const { domain, i } of shared)
      faults.push({
        path: path("metaTrain", i),
        given: `given ${JSON.stringify(domain)}, which is in metaTest too`,
        accepted: "domains that are not tested on",
        hint: "delete it in one of the lists, or say sharedOnPurpose: true",
      });
  else if (shared.length === 0)
    faults.push({
      path: ["suite", "protocol", "sharedOnPurpose"],
      given: "given, but no domain is both learned on and tested on",
      accepted: "nothing, where the lists have nothing in common",
      hint: "leave it out",
    });
  return faults;
}
