import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { buildFolder, INSTALLATION_FILE } from "../../src/engine/backends/tensorflow/location.js";
import { start, type Ended } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { seemingBuild } from "../support/gpus.js";

const folder = scratchFolder();
const engines = join(folder, "engines");
const engine = (...args: string[]): Promise<Ended> =>
  start(folder, ["engine", ...args], { METAMD_ENGINE_DIR: engines }).ended;
/** What stands for an engine: what packs it does not look inside. */
const installed = join(engines, basename(buildFolder("cpu")));
const contents = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7919) % 251));

beforeAll(() => {
  mkdirSync(join(installed, "tensorflow"), { recursive: true });
  writeFileSync(join(installed, "tensorflow", "library.so"), contents);
  const installation = { tensorflow: "2.21.0", build: "cpu", compiler: "c++", bytes: contents.length };
  writeFileSync(join(installed, INSTALLATION_FILE), JSON.stringify(installation));
});

async function bundle(name: string): Promise<string> {
  const { code, stderr } = await engine("bundle", "--output", name, "--part-size", "200B");
  expect(stderr).toContain("packing");
  expect(code).toBe(0);
  return join(folder, name);
}

const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

describe("engine bundle", () => {
  test("writes parts of the size at most, with checksums that sha256sum reads", async () => {
    const made = await bundle("whole");
    const parts = readdirSync(made).filter((name) => name.endsWith(".part"));
    expect(parts.length).toBeGreaterThan(1);
    for (const name of parts) expect(readFileSync(join(made, name)).length).toBeLessThanOrEqual(200);
    const lines = parts.map((name) => `${sha256(join(made, name))}  ${name}\n`);
    expect(readFileSync(join(made, "SHA256SUMS"), "utf8")).toBe(lines.join(""));
  });

  test("a folder that is there is left alone", async () => {
    mkdirSync(join(folder, "there"));
    const { code, stderr } = await engine("bundle", "--output", "there");
    expect(stderr).toContain("is there already");
    expect(code).toBe(EXIT.usage);
    expect(readdirSync(join(folder, "there"))).toEqual([]);
  });

  test("an engine that is not installed cannot be packed, and nothing is left behind", async () => {
    const { code, stderr } = await engine("bundle", "--output", "gpu", "--gpu");
    expect(stderr).toContain("metamd engine install --gpu");
    expect(code).toBe(EXIT.engine);
    expect(readdirSync(folder).filter((name) => name.startsWith("gpu"))).toEqual([]);
  });
});

describe("engine install --from", () => {
  const damages: [string, (part: (index: number) => string, made: string) => void, string][] = [
    ["a part is missing", (part) => rmSync(part(1)), "engine-001.part: missing"],
    ["a part is cut", (part) => truncateSync(part(1), 100), "engine-001.part: 100 bytes instead of 200"],
    ["a part is changed", (part) => writeFileSync(part(0), Buffer.alloc(200)), "engine-000.part: sha256"],
    ["bundle.json is cut", (_part, made) => truncateSync(join(made, "bundle.json"), 50), "damaged"],
    ["bundle.json is missing", (_part, made) => rmSync(join(made, "bundle.json")), "no such file"],
    [
      "it is of another program",
      (_part, made) => {
        const file = join(made, "bundle.json");
        writeFileSync(file, readFileSync(file, "utf8").replace(basename(installed), "tensorflow-1.0-cpu"));
      },
      "tensorflow-1.0-cpu",
    ],
  ];
  test.each(damages)("where %s, it says so and installs nothing", async (name, damage, said) => {
    const made = await bundle(name.replaceAll(" ", "-"));
    damage((index) => join(made, `engine-00${index}.part`), made);
    const target = join(folder, `target-${name}`);
    const { code, stderr } = await start(folder, ["engine", "install", "--from", made], { METAMD_ENGINE_DIR: target })
      .ended;
    expect(stderr).toContain(said);
    expect(code).toBe(EXIT.engine);
    expect(existsSync(target)).toBe(false);
  });

  test.each([[["--gpu"]], [["--gpu", "--dry-run"]]])("%j refuses a bundle of the CPU build", async (asked) => {
    const made = await bundle(`cpu-${asked.length}`);
    const { code, stdout, stderr } = await engine("install", ...asked, "--from", made);
    expect(stderr).toContain(`${made}/bundle.json: a bundle of the cpu build\n  accepted: one of the gpu build`);
    expect(stdout).toBe("");
    expect(code).toBe(EXIT.usage);
  });

  test("--dry-run looks at the bundle", async () => {
    const none = await engine("install", "--dry-run", "--from", "not-there");
    expect(none).toMatchObject({ code: EXIT.engine, stdout: "" });
    expect(none.stderr).toContain("not-there/bundle.json: no such file");
    const made = await bundle("looked-at");
    const target = join(folder, "dry");
    const dry = ["engine", "install", "--dry-run", "--from", made];
    const whole = await start(folder, dry, { METAMD_ENGINE_DIR: target }).ended;
    expect(whole.code).toBe(0);
    expect(whole.stdout).toMatch(/^1\. unpack the cpu build from .*looked-at, \d+ parts with the right checksums, to /);
    expect(whole.stdout).not.toContain("download");
    expect((await engine(...dry.slice(1))).stdout).toMatch(
      /^1\. leave TensorFlow 2\.21\.0 \(cpu\) .* installed already/,
    );
    truncateSync(join(made, "engine-001.part"), 100);
    const { code, stderr } = await start(folder, dry, { METAMD_ENGINE_DIR: target }).ended;
    expect(stderr).toContain("engine-001.part: 100 bytes instead of 200");
    expect(code).toBe(EXIT.engine);
    expect(existsSync(target)).toBe(false);
  });

  test("says that the CUDA build still runs where it is installed too, and how to change that", async () => {
    const made = await bundle("beside");
    const target = join(folder, "both");
    cpSync(engines, target, { recursive: true });
    const gpu = seemingBuild(target, "gpu");
    const install = (...args: string[]): Promise<Ended> => engine("install", "--cpu", "--from", made, ...args);
    expect((await install()).stdout).not.toContain("still runs");
    const beside = (...args: string[]): Promise<Ended> =>
      start(folder, ["engine", "install", "--cpu", "--from", made, ...args], { METAMD_ENGINE_DIR: target }).ended;
    const said = (await beside()).stdout;
    expect(said).toContain("TensorFlow 2.21.0 (cpu) was installed already");
    expect(said).toContain(`The gpu build still runs, since it comes first: delete ${gpu} to have this one run.\n`);
    expect((await beside("--dry-run")).stdout).toContain(`it comes first, until ${gpu} is deleted`);
    expect(JSON.parse((await beside("--json")).stdout)).toMatchObject({ build: "cpu", runs: { build: "gpu" } });
  });

  test("what does not pass the check is not installed", async () => {
    const made = await bundle("no-engine");
    const target = join(folder, "target");
    const { code, stderr } = await start(folder, ["engine", "install", "--from", made], { METAMD_ENGINE_DIR: target })
      .ended;
    expect(stderr).toContain("startup.node");
    expect(code).toBe(EXIT.engine);
    expect(readdirSync(target)).toEqual([]);
  });
});
