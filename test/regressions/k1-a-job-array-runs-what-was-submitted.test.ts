import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { heldValues, loadConfig, restoreConfig, type ResolvedConfig } from "../../src/config/load.js";
import { shippedConfigs } from "../../src/config/shipped.js";
import { readConfigFile } from "../../src/config/read-file.js";
import { createModel } from "../../src/models/index.js";
import { initialise } from "../../src/models/initialise.js";
import { everyParameter } from "../../src/models/model.js";
import { stateDict } from "../../src/models/torch-layout.js";
import type { Plan } from "../../src/records/plan.js";
import type { RunRecord } from "../../src/records/record.js";
import { readSubmitted, writeSubmitted } from "../../src/records/submission.js";
import { start } from "../support/binary.js";
import { scratchFolder, userError } from "../support/folder.js";
import { drill, everything } from "../support/require.js";
import { encodeSafetensors } from "../support/safetensors.js";
import { logsOf, startSlurm } from "../support/slurm.js";
import { SMALL, SMALL_CELLS, smallExperiment } from "../support/small-experiment.js";
import { until } from "../support/until.js";

const folder = scratchFolder();

/** As a submission holds it. */
const throughJson = (config: ResolvedConfig): ResolvedConfig => {
  const { file, preset, hash } = config;
  const held = JSON.parse(JSON.stringify({ file, preset, configHash: hash, config: heldValues(config) })) as never;
  return restoreConfig(held, "x.json", join(folder, "no-data"));
};

const SHIPPED = shippedConfigs().flatMap((config) =>
  ["paper", ...Object.keys(readConfigFile(config, { begin: "" }).presets)].map((preset) => ({
    config: join("configs", basename(config)),
    preset,
    set: [] as string[],
  })),
);
const RANGES = "tuning.space={learningRate: {from: 0.001, to: 1}, weightDecay: {from: 1.0e-5, to: 0.001}}";
const SEARCHES = [
  [RANGES, "tuning.strategy=bayes"],
  [RANGES, "tuning.strategy=random", "tuning.budget={minutes: 5}", "training.steps=2 epochs"],
  ["tuning.earlyStopping={kind: successive-halving, minSteps: 10}"],
].map((set) => ({ config: join(folder, "search.yaml"), preset: "paper", set }));
writeFileSync(join(folder, "search.yaml"), SMALL);

test.each([...SHIPPED, ...SEARCHES])("a config is the same when it is read back: $config, $preset, $set", (flags) => {
  const config = loadConfig(flags);
  expect(throughJson(config)).toEqual(config);
});

test("what was submitted is not taken when it was changed, or by another program", () => {
  const path = join(folder, "small.yaml");
  writeFileSync(path, SMALL);
  const config = loadConfig({ config: path });
  const { file, preset, hash } = config;
  const submitted = { file, preset, configHash: hash, config: heldValues(config), inputs: {} };
  const written = writeSubmitted(join(folder, "1.sh"), submitted);
  expect(restoreConfig(readSubmitted(written), written, folder).hash).toBe(hash);
  writeFileSync(written, readFileSync(written, "utf8").replace('"steps": 60', '"steps": 70'));
  const changed = userError(() => readSubmitted(written));
  expect([changed.exitCode, changed.message]).toEqual([3, expect.stringContaining("not what was written")]);
  const other = userError(() => restoreConfig({ ...submitted, configHash: "0".repeat(16) }, written, folder));
  expect([other.exitCode, other.message]).toEqual([3, expect.stringContaining("the version of metamd that wrote it")]);
});

const slurm = startSlurm();
describe.skipIf(slurm === undefined)("on Slurm", () => {
  /** Its tasks begin once the file is there. */
  const waiting = (file: string): string => `setup: ["while [ ! -e ${join(folder, file)} ]; do sleep 0.1; done"]\n`;
  const submit = async (name: string, ...more: string[]): Promise<void> => {
    writeFileSync(join(folder, `${name}-slurm.yaml`), waiting(`${name}-go`));
    const args = ["run", "--config", `${name}.yaml`, "--engine", "wasm", "--results", name];
    const job = ["--executor", "slurm", "--slurm", `${name}-slurm.yaml`, "--tasks", "1", "--detach"];
    const { code, stderr } = await start(folder, [...args, ...job, ...more], slurm!.env).ended;
    expect(code, stderr).toBe(0);
  };
  const queue = (): string => slurm!.call("squeue", "--noheader", "--array", "--format=%i %T");
  const release = async (name: string): Promise<void> => {
    writeFileSync(join(folder, `${name}-go`), "");
    await until(() => queue() === "", queue);
  };
  const recordsOf = (place: string): RunRecord[] =>
    !existsSync(join(place, "runs"))
      ? []
      : readdirSync(join(place, "runs")).map(
          (id) => JSON.parse(readFileSync(join(place, "runs", id, "record.json"), "utf8")) as RunRecord,
        );

  const FATES: Readonly<Record<string, (config: string) => void>> = {
    edited: (config) => writeFileSync(config, smallExperiment({ training: { steps: 70, batchSize: 40 } })),
    "half-saved": (config) => writeFileSync(config, "name: [\n"),
    moved: (config) => renameSync(config, `${config}.moved`),
    deleted: (config) => rmSync(config),
  };
  test.each(Object.entries(FATES).slice(0, everything ? undefined : 1))(
    "a config that is %s while the array waits: its runs are those submitted",
    async (name, befall) => {
      const config = join(folder, `${name}.yaml`);
      writeFileSync(config, SMALL);
      const flags = ["--set", "training.steps=50", "--seed", "3"];
      const typed = loadConfig({ config, set: ["training.steps=50"], seed: 3 });
      await submit(name, ...flags);
      befall(config);
      await release(name);
      const place = join(folder, name, "small");
      const records = recordsOf(place);
      expect(records, logsOf(place)).toHaveLength(SMALL_CELLS);
      for (const record of records) {
        expect(record.configHash).toBe(typed.hash);
        expect(record.config.training).toMatchObject({ steps: 50, batchSize: 20 });
        expect(record.counts?.steps).toBe(50);
      }
    },
  );

  drill("a title that is mended while the array waits stays mended", async () => {
    const config = join(folder, "titled.yaml");
    writeFileSync(config, `${SMALL}title: with a slpi\n`);
    await submit("titled");
    writeFileSync(config, `${SMALL}title: mended\n`);
    const follower = start(
      folder,
      ["run", "--config", "titled.yaml", "--results", "titled", "--executor", "slurm"],
      slurm!.env,
    );
    await until(() => follower.said().includes("nothing is submitted"), follower);
    await release("titled");
    const { code, stderr } = await follower.ended;
    expect(code, stderr).toBe(0);
    const plan = JSON.parse(readFileSync(join(folder, "titled", "small", "plan.json"), "utf8")) as Plan;
    expect(plan.title).toBe("mended");
  });

  drill("initial weights that are replaced while the array waits: no run is made, and the file is named", async () => {
    const model = createModel({ kind: "resnet18s", width: 1, freeze: "none" }, [28, 28, 1], 10);
    const weights = (seed: number): Uint8Array =>
      encodeSafetensors({
        tensors: stateDict(model, initialise({ ...everyParameter(model), ...model.statistics }, seed)),
        metadata: {},
      });
    writeFileSync(join(folder, "given.safetensors"), weights(1));
    writeFileSync(
      join(folder, "replaced.yaml"),
      smallExperiment({ model: { kind: "resnet18s", hidden: undefined, width: 1, pretrained: "given.safetensors" } }),
    );
    await submit("replaced");
    writeFileSync(join(folder, "given.safetensors"), weights(2));
    await release("replaced");
    const place = join(folder, "replaced", "small");
    expect(recordsOf(place)).toEqual([]);
    expect(logsOf(place)).toMatch(
      /model\.pretrained given\.safetensors: checksum \w+: it has changed since the job array was submitted\n.*accepted: checksum \w+/,
    );
  });
});
