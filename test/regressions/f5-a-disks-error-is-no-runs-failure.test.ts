import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.js";
import { EXIT, UserError } from "../../src/core/errors.js";
import { SILENT } from "../../src/core/progress.js";
import { openNamedEngine } from "../../src/engine/open.js";
import { openLeases } from "../../src/records/leases.js";
import { openRunStore, type RunStore } from "../../src/records/store.js";
import type { Outcome } from "../../src/runs/ledger.js";
import { execute } from "../../src/runs/local/execute.js";
import { inThisProcess } from "../../src/runs/local/in-process.js";
import type { RunWriter } from "../../src/runs/local/writer.js";
import { makePlan } from "../../src/runs/plan/make-plan.js";
import { configWriter } from "../config/fixtures.js";
import { openedDomains } from "../support/domains.js";
import { scratchFolder } from "../support/folder.js";
import { smallExperiment } from "../support/small-experiment.js";

const folder = scratchFolder();
const TEXT = smallExperiment({
  name: "tiny",
  suite: {
    domains: ["synthetic-rotated/0"],
    protocol: { metaTest: ["synthetic-rotated/0"] },
    limits: { trainImages: 60, validationImages: 30, testImages: 40 },
  },
  model: { hidden: [6] },
  training: { steps: 6, aucWindowSteps: 2 },
  methods: ["sgd"],
  trials: 1,
});
const config = loadConfig({ config: configWriter(folder)(TEXT) });
const data = join(folder, "datasets");
const plan = makePlan(config, data);

async function run(store: RunStore, writer?: RunWriter): Promise<Outcome> {
  const executor = inThisProcess(plan, config, store, await openNamedEngine("reference"), data, writer);
  const leases = openLeases(store.folder);
  try {
    const ground = { config, domains: openedDomains(config, data), store, leases };
    return await execute(plan.cells, ground, executor, SILENT, new AbortController().signal);
  } finally {
    leases.close();
    executor.close();
  }
}

test.each(["EIO", "ESTALE", "EROFS", "ENOSPC", "EDQUOT", "EMFILE"])(
  "%s where a record is put in place ends the command, and no run has failed by it",
  async (code) => {
    const store = openRunStore(join(folder, code), "tiny");
    const error = Object.assign(new Error(`${code}: refused, rename`), {
      code,
      syscall: "rename",
      errno: -5,
      path: "x",
    });
    const refusing: RunWriter = { write: () => Promise.reject(error), close: () => undefined };
    const thrown: unknown = await run(store, refusing).catch((reason: unknown) => reason);
    expect(thrown).toBeInstanceOf(UserError);
    expect((thrown as UserError).exitCode).toBe(EXIT.usage);
    expect((thrown as UserError).message).toContain(code);
    expect(plan.cells.map(({ id }) => store.failure(id))).toEqual(plan.cells.map(() => undefined));
    expect(await run(store)).toMatchObject({ done: plan.cells.length, failed: [] });
  },
);
