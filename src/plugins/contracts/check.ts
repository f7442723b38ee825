import { EXIT, UserError } from "../../core/errors.js";
import { lookup } from "../../core/registry.js";
import type { EngineName } from "../../engine/engine.js";
import { openNamedEngine } from "../../engine/open.js";
import { METHODS, untrained, type MethodId } from "../../optimisers/index.js";
import { installPlugins } from "../install.js";
import { CONTRACTS, type Contract, type Thoroughness } from "./contracts.js";
import { SETTINGS } from "./problems.js";
import { lacks, type Subject } from "./subject.js";

/** What came of a contract. */
export interface Checked {
  readonly method: string;
  readonly contract: string;
  /** Problems that it was held against. */
  readonly on: readonly string[];
  /** By problem, what is wrong there; empty where the rule keeps it. */
  readonly broken: Readonly<Record<string, string>>;
}

/** What compiles steps here, the best first. */
const COMPILERS: readonly EngineName[] = ["tensorflow", "wasm"];

/** Holds the methods of a plug-in against every contract, with their default settings.
 *  @param file absolute. @param method only this one.
 *  @throws UserError (usage): it does not load, or brings no such method. */
export async function checkPlugin(file: string, method?: string): Promise<Checked[]> {
  const [plugin] = await installPlugins([{ file }]);
  const { methods } = plugin!;
  if (methods.length === 0)
    throw new UserError(EXIT.usage, {
      where: file,
      given: "a plug-in without a method",
      accepted: "one with optimisers",
    });
  if (method !== undefined) lookup(Object.fromEntries(methods.map((id) => [id, id])), method, "--method");
  const chosen = methods.filter((id) => method === undefined || id === method);
  const how: Thoroughness = { steps: 25, compared: 3, by: "largest", compiled: await compilerHere() };
  const all: Checked[] = [];
  for (const id of chosen) for (const contract of CONTRACTS) all.push(await held(id, contract, how));
  return all;
}

async function compilerHere(): Promise<EngineName | undefined> {
  for (const name of COMPILERS) {
    const opened = await openNamedEngine(name).catch(() => undefined);
    if (opened !== undefined) return name;
  }
  return undefined;
}

async function held(method: MethodId, contract: Contract, how: Thoroughness): Promise<Checked> {
  const subject: Subject = { entry: METHODS.of(method), learned: (parameters) => untrained(method, parameters) };
  const settings = Object.entries(SETTINGS).filter(([, setting]) => lacks(subject, setting).length === 0);
  const broken: Record<string, string> = {};
  for (const [name, setting] of settings) {
    await openNamedEngine("reference");
    try {
      const why = await contract.broken(subject, setting, how);
      if (why !== undefined) broken[name] = why;
    } catch (error) {
      broken[name] = error instanceof Error ? error.message : String(error);
    }
  }
  return { method, contract: contract.what, on: settings.map(([name]) => name), broken };
}
