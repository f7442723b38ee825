import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { loadSlurmSettings } from "../../src/config/slurm-settings.js";
import { scratchFolder, userError } from "../support/folder.js";

const folder = scratchFolder();
const file = join(folder, "slurm.yaml");
const load = (text: string) => {
  writeFileSync(file, text);
  return loadSlurmSettings(file);
};
const refused = (text: string): string => userError(() => load(text)).message.replaceAll(folder, "");
afterEach(() => vi.unstubAllEnvs());

describe("a cluster's settings", () => {
  it("are the given file's, else the user's, else none", () => {
    vi.stubEnv("XDG_CONFIG_HOME", folder);
    expect(loadSlurmSettings(undefined)).toEqual({ stopSeconds: 120, idleMinutes: 10, setup: [], extra: [] });
    mkdirSync(join(folder, "metamd"));
    writeFileSync(join(folder, "metamd", "slurm.yaml"), "partition: gpu\n");
    expect(loadSlurmSettings(undefined).partition).toBe("gpu");
    expect(load("time: 4:00:00\nmemory: 16G\ngpus: a100:1\nextra: [--constraint=big, --exclusive]\n")).toMatchObject({
      time: "4:00:00",
      memory: "16G",
      gpus: "a100:1",
      extra: ["--constraint=big", "--exclusive"],
    });
    for (const gpus of ["a100", "a100:2", "1g.10gb:1", "nvidia_h100.80gb"])
      expect(load(`gpus: ${gpus}`).gpus).toBe(gpus);
    for (const time of ["90", "30:00", "2-12", "2-12:30", "2-12:30:00"])
      expect(load(`time: ${time}`).time).toBeDefined();
  });

  it.each([
    [
      "partitoin: gpu",
      "/slurm.yaml:1 partitoin: unknown key\n  accepted: partition, account, time, ",
      "did you mean partition?",
    ],
    ["time: soon", '/slurm.yaml:1 time: given "soon"', "Slurm's forms like 30:00"],
    ["memory: 16 gigabytes", '/slurm.yaml:1 memory: given "16 gigabytes"', "a number with K, M, G or T, like 16G"],
    ["a: [", "/slurm.yaml:1: not valid YAML", "accepted: YAML 1.2"],
    ["", "/slurm.yaml: an empty file", "docs/slurm.md"],
    ...['"0"', '"-1"', '"1.5"', "0", "-1", "a100:0", "gpu:2", "gpu"].map((gpus) => [
      `gpus: ${gpus}`,
      `/slurm.yaml:1 gpus: given ${gpus.startsWith('"') || /^-?\d/.test(gpus) ? gpus : `"${gpus}"`}`,
      "a number of GPUs, 1 or more, or type:number, like a100:2",
    ]),
    ["tasks: 0", "/slurm.yaml:1 tasks: given 0", "integers"],
    ["extra: [--array=3]", '/slurm.yaml:1 extra[0]: given "--array=3"', "further options of sbatch"],
    ['extra: ["--qos=x\\n#SBATCH --array=9"]', "/slurm.yaml:1 extra[0]: given", "further options of sbatch"],
    ["extra: [rm]", '/slurm.yaml:1 extra[0]: given "rm"', "further options of sbatch"],
  ])("%j is refused", (text, given, accepted) => {
    const message = refused(text);
    expect(message).toContain(given);
    expect(message).toContain(accepted);
  });

  it.each([
    ["setup: module load x", 'setup: ["module load x"]'],
    ["extra: --constraint=a100", 'extra: ["--constraint=a100"]'],
    ["extra: --array=3", "extra: []"],
  ])("of %j, a text for a list, the hint keeps what may be kept", (text, example) => {
    expect(refused(text).split("\n").at(-1)).toBe(`  hint: fix the file, for example ${example}`);
  });

  it.each([
    ["time: 1", "given 1, which is 60 s, with stopSeconds: 120"],
    ["time: 2", "given 2, which is 120 s, with stopSeconds: 120"],
    ["time: 1:30", "given 1:30, which is 120 s, with stopSeconds: 120"],
    ["time: 0:01:59", "given 0:01:59, which is 120 s, with stopSeconds: 120"],
    ["time: 1:00:00\nstopSeconds: 3600", "given 1:00:00, which is 3600 s, with stopSeconds: 3600"],
    ["time: 0-1\nstopSeconds: 3601", "given 0-1, which is 3600 s, with stopSeconds: 3601"],
    ["time: 0-0:30\nstopSeconds: 1800", "given 0-0:30, which is 1800 s, with stopSeconds: 1800"],
    ["time: 1-0:0:59\nstopSeconds: 86460", "given 1-0:0:59, which is 86460 s, with stopSeconds: 86460"],
  ])("%j is refused: a task would be told to stop when it begins", (text, given) => {
    expect(refused(text)).toBe(
      `/slurm.yaml:1 time: ${given}\n` +
        "  accepted: a time longer than stopSeconds, the seconds before its end at which a task checkpoints\n" +
        "  hint: give more time, or a smaller stopSeconds, 10 at least",
    );
  });

  it.each(["16", '"16"', "999"])("memory: %s is refused, since gigabytes are meant", (memory) => {
    const number = memory.replaceAll('"', "");
    expect(refused(`memory: ${memory}`)).toBe(
      `/slurm.yaml:1 memory: given ${number}, which is ${number} megabytes\n` +
        "  accepted: megabytes from 1000, or a number with K, M, G or T, like 16G\n" +
        `  hint: memory: ${number}G for gigabytes`,
    );
    expect(load("memory: 1000").memory).toBe("1000");
    expect(load("memory: 999M").memory).toBe("999M");
  });

  it.each([
    "time: 3",
    "time: 2:01",
    "time: 1\nstopSeconds: 59",
    "time: 0:03:00",
    "time: 0-1",
    "time: 0-0:03",
    "time: 0-0:2:1",
    "time: 0:00", // no limit, to Slurm
    "stopSeconds: 9000",
  ])("%j leaves time to work in", (text) => {
    expect(() => load(text)).not.toThrow();
  });

  it("are looked for where they were said to be", () => {
    expect(userError(() => loadSlurmSettings("nowhere.yaml")).message).toMatch(/^--slurm: nowhere.yaml: no such file/);
  });
});
