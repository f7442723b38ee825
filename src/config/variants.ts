import { z } from "zod";
import { LEARNERS } from "../meta/index.js";
import { isLearned, learnerOf, METHODS, type LearnerId, type MethodId } from "../optimisers/index.js";

type Overrides = Readonly<Record<string, unknown>>;

/** A method with some settings of its own. */
export interface Variant {
  readonly of: MethodId;
  readonly title?: string | undefined;
  /** What differs from the config's hyper-parameters of the method. */
  readonly methodSettings?: Overrides | undefined;
  /** What differs from how the config learns the method. */
  readonly metaTraining?: Overrides | undefined;
  /** Its step is timed, and it is no row of the tables: it is never run. */
  readonly costOnly?: true | undefined;
}

/** Every setting as it is, and none of them needed. */
function overridesOf(settings: z.ZodType): z.ZodType<Overrides | undefined> {
  const { shape } = settings as z.ZodObject;
  const bare = (one: z.core.$ZodType): z.ZodType =>
    (one instanceof z.ZodDefault || one instanceof z.ZodPrefault ? one.unwrap() : one) as z.ZodType;
  return z.strictObject(Object.fromEntries(Object.entries(shape).map(([key, one]) => [key, bare(one).optional()])));
}

const variantOf = (of: MethodId): z.ZodObject => {
  const settings = {
    of: z.literal(of),
    title: z.string().min(1).optional(),
    methodSettings: overridesOf(METHODS.of(of).settings).optional(),
    costOnly: z.literal(true).optional(),
  };
  if (!isLearned(of)) return z.strictObject(settings);
  return z.strictObject({ ...settings, metaTraining: overridesOf(LEARNERS.of(learnerOf(of)).settings).optional() });
};

/** Variants by name. @param methods that a variant may be of. */
export const variantsOf = (methods: readonly MethodId[]): z.ZodRecord<z.ZodString, z.ZodType<Variant>> =>
  z.record(z.string(), z.discriminatedUnion("of", methods.map(variantOf) as never) as unknown as z.ZodType<Variant>);

/** What rows are made of. */
interface Rows {
  readonly methods: readonly MethodId[];
  readonly methodSettings: Partial<Record<MethodId, object>>;
  readonly metaTraining: Readonly<Record<LearnerId, object>>;
  readonly variants?: Readonly<Record<string, Variant>> | undefined;
  readonly learnedFiles?: Partial<Record<LearnerId, string | undefined>> | undefined;
}

/** How something is learned. */
export interface Learning {
  /** What its runs are called by: a method, or a variant that is learned in its own way. */
  readonly id: string;
  readonly method: LearnerId;
  readonly settings: object;
}

/** A row of the tables: a method as the config has it, or a variant. */
export interface Row {
  /** The method's id; of a variant "metamd/direct". */
  readonly id: string;
  readonly title: string;
  readonly method: MethodId;
  /** The method's hyper-parameters. */
  readonly settings: object;
  /** Absent for plain methods, and where what was learned is given. */
  readonly learning?: Learning;
  /** A learned file that is applied instead of learning one. */
  readonly given?: { readonly method: LearnerId; readonly path: string };
}

/** The method that a row, or a run, is of. */
export const methodOf = (id: string): MethodId => id.split("/")[0] as MethodId;

const idOf = (name: string, { of }: Variant): string => `${of}/${name}`;

/** All rows: the methods, then the variants that are run. */
export const rowsOf = (config: Rows): Row[] => [
  ...config.methods.map((id) => rowOf(config, id)),
  ...variantRows(config, ({ costOnly }) => costOnly !== true),
];

/** The variants whose step is another than their method's, those that are timed only among them. */
export const steppingVariants = (config: Rows): Row[] =>
  variantRows(config, ({ methodSettings }) => methodSettings !== undefined);

const variantRows = (config: Rows, wanted: (variant: Variant) => boolean): Row[] =>
  Object.entries(config.variants ?? {})
    .filter(([, variant]) => wanted(variant))
    .map(([name, variant]) => rowOf(config, idOf(name, variant)));

/** A row by its id; one that only others build on need not be in the tables. */
export function rowOf(config: Rows, id: string): Row {
  const method = methodOf(id);
  const variant = Object.entries(config.variants ?? {}).find(([name, one]) => idOf(name, one) === id);
  const { title: plain, settings } = METHODS.of(method);
  const own = variant?.[1];
  const learned = learningOf(config, id, method, own);
  return {
    id,
    title: variant === undefined ? plain : (own!.title ?? `${plain}, ${variant[0]}`),
    method,
    settings: settings.parse({ ...config.methodSettings[method], ...own?.methodSettings }) as object,
    ...learned,
  };
}

function learningOf(config: Rows, id: string, method: MethodId, variant?: Variant): Pick<Row, "learning" | "given"> {
  if (!isLearned(method)) return {};
  const learner = learnerOf(method);
  const usual = config.metaTraining[learner];
  const path = config.learnedFiles?.[learner];
  if (variant?.metaTraining !== undefined) {
    const changed = LEARNERS.of(learner).settings.parse({ ...usual, ...variant.metaTraining }) as object;
    return { learning: { id, method: learner, settings: changed } };
  }
  if (path !== undefined) return { given: { method: learner, path } };
  return { learning: { id: learner, method: learner, settings: usual } };
}
