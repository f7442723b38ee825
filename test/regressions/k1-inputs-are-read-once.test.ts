import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { loadConfig } from "../../src/config/load.js";
import { EXIT } from "../../src/core/errors.js";
import { createModel } from "../../src/models/index.js";
import { initialise } from "../../src/models/initialise.js";
import { everyParameter } from "../../src/models/model.js";
import { stateDict } from "../../src/models/torch-layout.js";
import type { RunRecord } from "../../src/records/record.js";
import { start, type Running } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { drill, everything } from "../support/require.js";
import { encodeSafetensors } from "../support/safetensors.js";
import { writeSmallConfig } from "../support/small-config.js";
import { SMALL, SMALL_CELLS, smallExperiment } from "../support/small-experiment.js";
import { until } from "../support/until.js";

const folder = scratchFolder();
const run = (config: string, results: string): Running =>
  start(folder, ["run", "--config", config, "--engine", "wasm", "--jobs", "2", "--results", results]);
const runsIn = (place: string): string[] =>
  existsSync(join(place, "runs")) ? readdirSync(join(place, "runs")).map((id) => join(place, "runs", id)) : [];
const recordsIn = (place: string): RunRecord[] =>
  runsIn(place).map((one) => JSON.parse(readFileSync(join(one, "record.json"), "utf8")) as RunRecord);

/** Waits until the command has read what it was given; its workers start after that. */
const planned = (place: string, running: Running): Promise<void> =>
  until(() => existsSync(join(place, "plan.json")), running);

const FATES: Readonly<Record<string, (config: string) => void>> = {
  "is edited for the next experiment": (config) =>
    writeFileSync(config, smallExperiment({ training: { steps: 70, batchSize: 40 } })),
  "is moved": (config) => renameSync(config, `${config}.moved`),
};

drill.each(Object.entries(FATES).slice(0, everything ? undefined : 1))(
  "a config that %s while it runs: the runs are those of the one typed",
  async (name, befall) => {
    const config = join(folder, `${name}.yaml`);
    writeFileSync(config, SMALL);
    const typed = loadConfig({ config });
    const place = join(folder, name, "small");
    const running = run(config, name);
    await planned(place, running);
    befall(config);
    const { code, stderr } = await running.ended;
    expect(code, stderr).toBe(0);
    const records = recordsIn(place);
    expect(records).toHaveLength(SMALL_CELLS);
    for (const record of records) {
      expect(record.configHash).toBe(typed.hash);
      expect(record.config.training).toMatchObject({ steps: 60, batchSize: 20 });
      expect(record.counts?.steps).toBe(60);
    }
  },
);

/** Initial weights of the small network below. @returns its path. */
function weights(name: string, seed: number): string {
  const model = createModel({ kind: "resnet18s", width: 1, freeze: "none" }, [28, 28, 1], 10);
  const path = join(folder, name);
  const values = initialise({ ...everyParameter(model), ...model.statistics }, seed);
  // No checksum lies beside it, as with weights of others.
  writeFileSync(path, encodeSafetensors({ tensors: stateDict(model, values), metadata: {} }));
  return path;
}

drill(
  "initial weights that are replaced while it runs: refused or unaffected, never under the ids of the first",
  async () => {
    const [given, other] = [weights("given.safetensors", 1), weights("other.safetensors", 2)];
    const network = `kind: resnet18s, width: 1, pretrained: ${given}`;
    const config = writeSmallConfig(folder, "", "kind: mlp, hidden: [16]", network);
    const place = join(folder, "replaced", "t");
    const running = run(config, "replaced");
    await planned(place, running);
    const { cells } = JSON.parse(readFileSync(join(place, "plan.json"), "utf8")) as { cells: { id: string }[] };
    renameSync(other, given);
    const { code, stderr } = await running.ended;
    expect([EXIT.ok, EXIT.data], stderr).toContain(code);
    if (code === EXIT.data) expect(stderr).toContain("have changed since the command was started");
    const records = recordsIn(place);
    expect(new Set(records.map(({ pretrained }) => pretrained?.sha256)).size).toBeLessThan(2);
    for (const { id } of records) expect(cells.map((cell) => cell.id)).toContain(id);
    if (code === EXIT.data) expect(records).toEqual([]);
  },
);
