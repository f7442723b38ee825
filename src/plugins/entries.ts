import { z } from "zod";
import { EXIT, UserError, type Fault } from "../core/errors.js";
import { look, type Look } from "../core/look.js";
import { suggestion } from "../core/registry.js";
import { LEARNERS } from "../meta/index.js";
import type { LearnerEntry } from "../meta/meta-learner.js";
import { MODELS, type ModelEntry } from "../models/index.js";
import { METHODS } from "../optimisers/index.js";
import type { OptimiserEntry } from "../optimisers/optimiser.js";

/** A method's line, which may leave its look to the program; no new config has it. */
export type PluginOptimiser = Omit<OptimiserEntry, "look" | "candidates"> & { readonly look?: Look };

/** What a plug-in exports, by id. */
export interface Entries {
  readonly optimisers: Readonly<Record<string, PluginOptimiser>>;
  readonly learners: Readonly<Record<string, LearnerEntry>>;
  readonly models: Readonly<Record<string, ModelEntry>>;
}

const called = (accepted: string): z.ZodType => z.custom((value) => typeof value === "function", accepted);
const nonEmpty = (accepted: string): z.ZodType => z.string(accepted).min(1, accepted);
const settings = z.custom<z.ZodObject>(
  (value) => value !== null && typeof value === "object" && "_zod" in value && "shape" in value,
  "z.strictObject({…}) with z from metamd-bench/plugins; {} inside where there are none",
);
const inert = z.record(z.string(), z.object({ inert: called("a function"), instead: nonEmpty("text") })).optional();

const optimiser = z.strictObject({
  title: nonEmpty("the name in tables and figures"),
  summary: nonEmpty("what it is, in a few words"),
  look: look.optional(),
  kind: z.enum(
    ["global rate", "coordinatewise", "layerwise", "network"],
    "global rate, coordinatewise, layerwise, network",
  ),
  settings,
  inert,
  create: called("a function of settings and context that gives { init, update }"),
  needs: z.array(z.literal("layers"), '[], or ["layers"]'),
  decaysApart: z.literal(true, "true, or nothing").optional(),
  learned: z
    .strictObject({
      by: nonEmpty("the id of a learner"),
      what: nonEmpty("what is learned and kept, in words"),
      untrained: called("a function of the parameters"),
      symbols: z.array(z.string(), "a list of symbols").optional(),
    })
    .optional(),
  statePerParameter: called("a function of the settings: () => 2 for two numbers a parameter"),
  extraWork: z.string('what a step does beyond elementwise work; "" for nothing'),
  source: nonEmpty("where the rule is from"),
});
const learner = z.strictObject({
  settings,
  holdsOut: z.boolean("true or false"),
  sample: called("a function of settings and size that gives settings").optional(),
  inert,
  heldPerParameter: called("a function of the settings: () => 20 for so many numbers a parameter").optional(),
  create: called("a function of settings that gives { learn, budget }"),
});
const model = z.strictObject({
  settings,
  create: called("a function of settings, input and classes that gives a model"),
});

const KINDS = { optimisers: optimiser, learners: learner, models: model } as const;
type Kind = keyof typeof KINDS;
const KNOWN = Object.keys(KINDS) as Kind[];
const ACCEPTED = `export const optimisers = { my_method: {…} }, or ${KNOWN.slice(1).join(" or ")}`;
const ID = /^[a-z][a-z0-9_]{0,39}$/;

/** What a plug-in brings, checked before any of it is in a table.
 *  @param where how messages name the plug-in. @throws UserError (usage) that lists everything wrong with it. */
export function entriesOf(exported: Readonly<Record<string, unknown>>, where: string): Entries {
  const faults: Fault[] = [];
  const found = KNOWN.map((kind) => [kind, tableOf(kind, exported[kind], where, faults)] as const);
  const entries = Object.fromEntries(found) as unknown as Entries;
  if (faults.length === 0 && found.every(([, table]) => Object.keys(table).length === 0)) {
    const names = Object.keys(exported);
    const given = names.length === 0 ? "it exports nothing" : `it exports ${names.join(", ")}`;
    const near = names.flatMap((name) => suggestion(name, KNOWN) ?? [])[0];
    faults.push({ where, given, accepted: ACCEPTED, hint: near ?? "docs/own-optimiser.md has an example" });
  }
  if (faults.length === 0) faults.push(...learningFaults(entries, where), ...modelFaults(entries, where));
  if (faults.length > 0) throw new UserError(EXIT.usage, faults);
  return entries;
}

function tableOf(kind: Kind, table: unknown, where: string, faults: Fault[]): object {
  if (table === undefined) return {};
  if (table === null || typeof table !== "object" || Array.isArray(table)) {
    faults.push({ where: `${where} ${kind}`, given: "no object", accepted: ACCEPTED });
    return {};
  }
  for (const [id, entry] of Object.entries(table))
    faults.push(...entryFaults(kind, id, entry, `${where} ${kind}.${id}`));
  return table;
}

function entryFaults(kind: Kind, id: string, entry: unknown, where: string): Fault[] {
  const taken = { optimisers: METHODS, learners: LEARNERS, models: MODELS }[kind].has(id);
  if (taken)
    return [
      { where, given: `the name ${id} is taken`, accepted: "a name that no other has", hint: `call it my_${id}` },
    ];
  if (!ID.test(id))
    return [
      {
        where,
        given: `the name ${JSON.stringify(id)}`,
        accepted: "a lower-case letter, then up to 39 of these, digits and _",
      },
    ];
  const { error } = KINDS[kind].safeParse(entry);
  return (error?.issues ?? []).flatMap((issue): Fault[] => {
    if (issue.code === "unrecognized_keys") {
      const known = Object.keys(KINDS[kind].shape);
      return issue.keys.map((key) => ({
        where: `${where}.${key}`,
        given: "unknown key",
        accepted: known.join(", "),
        hint: suggestion(key, known) ?? "leave it out",
      }));
    }
    const held = issue.path.reduce<unknown>(
      (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
      entry,
    );
    const given =
      held === undefined ? "missing" : `given ${typeof held === "function" ? "a function" : JSON.stringify(held)}`;
    return [{ where: [where, ...issue.path].join("."), given, accepted: issue.message }];
  });
}

/** A learner is of a method with its id, and a learned method of a learner that is there. */
function learningFaults({ optimisers, learners }: Entries, where: string): Fault[] {
  const byNobody = Object.entries(optimisers).flatMap(([id, { learned }]): Fault[] => {
    if (learned === undefined || Object.hasOwn(learners, learned.by) || LEARNERS.has(learned.by)) return [];
    const accepted = [...Object.keys(learners), ...LEARNERS.ids()].join(", ");
    return [
      { where: `${where} optimisers.${id}.learned.by`, given: `unknown name ${JSON.stringify(learned.by)}`, accepted },
    ];
  });
  const ofNobody = Object.keys(learners).flatMap((id): Fault[] => {
    if (optimisers[id]?.learned?.by === id) return [];
    const given = `no method ${id} that is learned by it`;
    return [{ where: `${where} learners.${id}`, given, accepted: `optimisers.${id} with learned: { by: "${id}", … }` }];
  });
  return [...byNobody, ...ofNobody];
}

/** A config names a model by the kind among its settings. */
const modelFaults = ({ models }: Entries, where: string): Fault[] =>
  Object.entries(models).flatMap(([id, { settings: of }]): Fault[] => {
    const { kind } = (of as z.ZodObject).shape as Readonly<Record<string, z.ZodType>>;
    if (kind instanceof z.ZodLiteral && kind.value === id) return [];
    return [
      {
        where: `${where} models.${id}.settings`,
        given: "no kind of its own",
        accepted: `kind: z.literal("${id}") among them`,
      },
    ];
  });
