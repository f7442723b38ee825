import { EXIT, UserError, type Fault } from "../../core/errors.js";
import type { ResolvedConfig } from "../../config/load.js";
import { weightsFile } from "../../training/pretrained.js";
import type { Domains } from "./available-domains.js";
import { everyGiven } from "./given-learned.js";

/** Checksums by what they are of, in words. */
export type Inputs = Readonly<Record<string, string>>;

/** What an experiment's runs are made of besides its config: data, initial weights, learned files. */
export function inputsOf(config: ResolvedConfig, domains: Domains): Inputs {
  const weights = weightsFile(config.model);
  return Object.fromEntries([
    ...[...domains].map(([id, { checksum }]) => [`data of ${id}`, checksum] as const),
    ...(weights === undefined ? [] : [[`model.pretrained ${weights.path}`, weights.sha256] as const]),
    ...everyGiven(config).map(({ path, sha256 }) => [`learned file ${path}`, sha256] as const),
  ]);
}

/** @throws UserError (data) that names every input which is another than it was. */
export function refuseChanged(before: Inputs, now: Inputs): void {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  const faults = names.flatMap((name): Fault[] => {
    if (before[name] === now[name]) return [];
    const words = (sum: string | undefined): string => (sum === undefined ? "none" : `checksum ${sum}`);
    return [
      {
        where: name,
        given: `${words(now[name])}: it has changed since the job array was submitted`,
        accepted: words(before[name]),
        hint: "bring it back and run the same command again, or choose another --results folder for the new one",
      },
    ];
  });
  if (faults.length > 0) throw new UserError(EXIT.data, faults);
}
