import { existsSync } from "node:fs";
import { EXIT, UserError } from "../../core/errors.js";
import { restrict, type Domain } from "../../data/index.js";
import type { Values } from "./point.js";
import { initialise } from "../../models/initialise.js";
import { everyParameter } from "../../models/model.js";
import { pretrained } from "../../models/torch-layout.js";
import type { Problem } from "../../training/problem.js";
import { readSafetensors } from "../../records/safetensors.js";
import type { RunStore } from "../../records/store.js";
import type { Session } from "../../runs/index.js";
import type { Subject } from "./subjects.js";

/** A trained model with the data that it was trained and tested on. */
export interface Solution {
  readonly subject: Subject;
  readonly domain: Domain;
  readonly problem: Problem;
  readonly values: Values;
}

/** @throws UserError (data) that names every run whose weights were not kept. */
export function checkWeights(store: RunStore, subjects: readonly Subject[]): void {
  const without = subjects.filter(({ cell }) => !existsSync(store.weightsFile(cell.id)));
  if (without.length === 0) return;
  const faults = without.map(({ cell: { id, method, holdout, trial } }) => ({
    where: store.weightsFile(id),
    given: `missing: run ${id} (${method}, ${holdout}, trial ${trial}) kept no weights`,
  }));
  const last = faults.pop()!;
  throw new UserError(EXIT.data, [
    ...faults,
    {
      ...last,
      accepted: "runs made with keepWeights: true",
      hint: "set keepWeights: true, delete the folders of these runs, and metamd run makes them again",
    },
  ]);
}

/** @throws UserError (data) where the data are not those that a run was made with. */
export function checkData(session: Session, { cell, record }: Subject): void {
  const { id, checksum } = session.domain(cell.holdout);
  const accepted = record.data.checksums[id];
  if (checksum === accepted) return;
  throw new UserError(EXIT.data, {
    where: `${id}, which run ${cell.id} was trained on`,
    given: `data of checksum ${checksum}`,
    accepted: `${accepted}, as its record has it`,
    hint: "name the folder that they were in with --data DIR; metamd data verify checks them",
  });
}

/** Reads a trial's weights. @throws UserError (data) where they are damaged or of another model. */
export function openSolution(session: Session, store: RunStore, subject: Subject): Solution {
  checkData(session, subject);
  const { id, holdout } = subject.cell;
  const domain = restrict(session.domain(holdout), ["trainAll", "test"]);
  const problem = session.problem(domain);
  return { subject, domain, problem, values: storedValues(problem, store.weightsFile(id)) };
}

/** The values of a problem in a file of PyTorch's layout. */
export function storedValues(problem: Pick<Problem, "parameters" | "frozen" | "statistics">, path: string): Values {
  const { model } = pretrained(problem, readSafetensors(path).tensors, path);
  return initialise({ ...everyParameter(model), ...model.statistics }, 0);
}
