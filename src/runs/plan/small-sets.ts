import { EXIT, UserError } from "../../core/errors.js";
import type { ResolvedConfig } from "../../config/load.js";
import { rowsOf } from "../../config/variants.js";
import { heldOutOf, type Domain } from "../../data/index.js";
import { LEARNERS } from "../../meta/index.js";
import type { SmallSet } from "../../records/plan.js";
import type { Available } from "./available-domains.js";

type Settings = Pick<ResolvedConfig, "suite" | "training">;

/** A domain cannot show as many classes as every meta-training task asks for. */
export const tooFewClasses = (domain: string, classes: number, wanted: number): UserError =>
  new UserError(EXIT.usage, {
    where: "suite.classesPerTask",
    given: `given ${wanted}, but ${domain} has ${classes} classes`,
    accepted: `2 to ${classes}`,
    hint: `--set suite.classesPerTask=${classes}, or take ${domain} out of what is learned on`,
  });

/** What meta-training on a domain is given that is smaller than a batch.
 *  @param byClass training images of every class. @param holdsOut whether a tenth of them is held out. */
export function smallMetaTrainingSets(
  { suite: { classesPerTask }, training: { batchSize } }: Settings,
  domain: string,
  byClass: readonly number[],
  holdsOut: boolean,
): SmallSet[] {
  const shown = byClass.filter((images) => images > 0);
  const held = heldOutOf(shown);
  const fewest = (counts: readonly number[]): number =>
    [...counts]
      .sort((a, b) => a - b)
      .slice(0, classesPerTask)
      .reduce((sum, images) => sum + images, 0);
  const sets: readonly Pick<SmallSet, "set" | "images">[] = holdsOut
    ? [
        { set: "nine tenths of trainAll", images: fewest(shown.map((images, k) => images - held[k]!)) },
        { set: "a tenth of trainAll", images: fewest(held) },
      ]
    : [{ set: "trainAll", images: fewest(shown) }];
  // A draw without any is an error of the run.
  return sets
    .filter(({ images }) => images > 0 && images < batchSize)
    .map((one) => ({ domain, ...one, ...(classesPerTask !== undefined && { classes: classesPerTask }), batchSize }));
}

/** Refuses a domain that no image can be held out of: tuning would measure nothing. Labels are read only where there are
 *  so few images. @throws UserError (data) with the number needed. */
export function refuseWithoutValidation(domain: Domain): void {
  if (domain.expected("trainAll") > domain.classes) return;
  if (domain.count("validation") > 0) return;
  throw new UserError(EXIT.data, {
    where: domain.id,
    given: `${domain.count("train")} training images, none of which can be held out for validation`,
    accepted: "at least 2 training images of one class",
    hint: "add images, or leave the domain out",
  });
}

/** Every set that runs of an experiment train on and that is smaller than a batch. Labels are read where what is recorded
 *  of the files leaves it open. */
export function smallSets(config: ResolvedConfig, { domains, holdouts }: Available): SmallSet[] {
  const { suite, training } = config;
  const { batchSize } = training;
  const recorded = suite.limits.classes === undefined && suite.partition === "shared";
  const imagesOf = (domain: Domain, set: "train" | "trainAll"): number =>
    recorded ? domain.expected(set) : domain.count(set);
  const domainsOf = (ids: readonly string[]): Domain[] => [...new Set(ids)].map((id) => domains.get(id)!);
  const tested = domainsOf(holdouts.map(({ holdout }) => holdout)).flatMap((domain) =>
    (["train", "trainAll"] as const).map((set) => ({
      domain: domain.id,
      set,
      images: imagesOf(domain, set),
      batchSize,
    })),
  );
  const holdsOut = new Set(
    rowsOf(config).flatMap(({ learning }) => (learning === undefined ? [] : [LEARNERS.of(learning.method).holdsOut])),
  );
  const learnedFrom = domainsOf(holdouts.flatMap(({ metaTrain }) => metaTrain));
  const metaTraining = [...holdsOut].flatMap((heldOut) =>
    learnedFrom.flatMap((domain) => {
      // A tenth of every class is up to one image a class less than a tenth of all.
      const surely = heldOut ? imagesOf(domain, "trainAll") / 10 - domain.classes : imagesOf(domain, "trainAll");
      if (suite.classesPerTask === undefined && surely >= batchSize) return [];
      return smallMetaTrainingSets(config, domain.id, domain.countByClass("trainAll"), heldOut);
    }),
  );
  const small = [...tested.filter(({ images }) => images < batchSize), ...metaTraining];
  const key = ({ domain, set, images }: SmallSet): string => [domain, set, images].join();
  return [...new Map(small.map((one) => [key(one), one])).values()];
}
