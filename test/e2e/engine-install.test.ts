import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { kernelFiles } from "../../src/engine/backends/tensorflow/install/build.js";
import { findAddon, INSTALLATION_FILE } from "../../src/engine/backends/tensorflow/location.js";
import { start, type Ended } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { seemingBuild, TWO } from "../support/gpus.js";
import { missing } from "../support/require.js";
import { fakeTools } from "../support/tools.js";
import { until } from "../support/until.js";

const folder = scratchFolder();
let number = 0;
afterEach(() => void vi.unstubAllEnvs());

interface Setting {
  readonly engines: string;
  readonly env: NodeJS.ProcessEnv;
}
/** An empty engine folder, and only the given programs on the PATH. */
function setting(scripts: Readonly<Record<string, string>>): Setting {
  const own = join(folder, String(number++));
  const engines = join(own, "engines");
  const PATH = fakeTools(join(own, "bin"), scripts);
  return { engines, env: { METAMD_ENGINE_DIR: engines, PATH, CXX: undefined } };
}
const install = ({ env }: Setting, ...args: string[]): Promise<Ended> =>
  start(folder, ["engine", "install", "--cpu", ...args], env).ended;

const PYTHON = 'if [ "$3" = "--version" ]; then echo "pip 25"; exit 0; fi\n';
const COMPILER = 'echo "c++ 14.2"';
/** A pip whose download leaves a file that is not what was pinned. */
const WRONG_WHEEL = `${PYTHON}while [ $# -gt 0 ]; do if [ "$1" = "--dest" ]; then echo wrong > "$2/tensorflow_cpu-0-none-any.whl"; exit 0; fi; shift; done`;

describe("engine install", () => {
  test("--dry-run says everything and does nothing", async () => {
    const at = setting({});
    const { code, stdout } = await install(at, "--dry-run");
    expect(code).toBe(0);
    for (const part of ["download tensorflow-cpu", "SHA-256", at.engines, "compiled step", "GB"]) {
      expect(stdout.toLowerCase()).toContain(part.toLowerCase());
    }
    expect(existsSync(at.engines)).toBe(false);
  });

  test("--dry-run says what is installed already, and what would be added to it", async () => {
    const at = setting({});
    const installed = seemingBuild(at.engines, "cpu");
    writeFileSync(join(installed, INSTALLATION_FILE), JSON.stringify({ tensorflow: "2.21.0", build: "cpu" }));
    const lacking = await install(at, "--dry-run");
    expect(lacking.stdout).toMatch(/^1\. compile metamd's own operations into /);
    expect(lacking.stdout).not.toContain("download");
    for (const file of kernelFiles(installed)) writeFileSync(file, "");
    const { code, stdout } = await install(at, "--dry-run");
    expect(stdout).toBe(
      `1. leave TensorFlow 2.21.0 (cpu) in ${installed} as it is: it is installed already (--force installs it again)\n`,
    );
    expect(code).toBe(0);
    expect((await install(at, "--dry-run", "--force")).stdout).toMatch(/^1\. download /);
  });

  test.each([[[]], [["--dry-run"]], [["--from", "bundle"]]])("--cpu --gpu %j is refused", async (args) => {
    const { code, stdout, stderr } = await install(setting({}), "--gpu", ...args);
    expect(stderr).toContain("'--cpu' cannot be used with option '--gpu'");
    expect(stdout).toBe("");
    expect(code).toBe(EXIT.usage);
  });

  test.each([
    ["python3", { "c++": COMPILER }, "python3 was not found", "apt-get install python3 python3-pip"],
    [
      "pip",
      { python3: 'echo "No module named pip" >&2; exit 1', "c++": COMPILER },
      "python3 has no pip",
      "python3-pip",
    ],
    ["a compiler", { python3: PYTHON }, "no C++ compiler: c++ was not found", "apt-get install g++"],
  ])("without %s it names what is missing and how to get it", async (_name, scripts, given, hint) => {
    const at = setting(scripts as Record<string, string>);
    const { code, stderr } = await install(at);
    expect(stderr).toContain(given);
    expect(stderr).toContain(hint);
    expect(code).toBe(EXIT.engine);
  });

  test("CXX names the compiler, and one that is not there is named", async () => {
    const at = setting({ python3: PYTHON });
    const { code, stderr } = await install({ ...at, env: { ...at.env, CXX: "no-such-compiler" } });
    expect(stderr).toContain("no-such-compiler was not found");
    expect(code).toBe(EXIT.engine);
  });

  test("a download with another checksum is refused and not kept", async () => {
    const at = setting({ python3: WRONG_WHEEL, "c++": COMPILER });
    const { code, stderr } = await install(at);
    expect(stderr).toMatch(/sha256 [0-9a-f]{64}/);
    expect(stderr).toMatch(/accepted: [0-9a-f]{64}/);
    expect(code).toBe(EXIT.engine);
    const left = readdirSync(at.engines, { recursive: true, encoding: "utf8" });
    expect(left.filter((name) => /whl$|partial|lock/.test(name))).toEqual([]);
  });

  test("what a compiler says first is shown, and its last lines", async () => {
    const notes = Array.from({ length: 20 }, (_unused, i) => `echo "note: candidate ${i}"`).join("\n");
    const at = setting({
      python3: `${PYTHON}exit 1`,
      "c++": `echo "a.cc:1:2: error: no such thing"\n${notes}\nexit 1`,
    });
    const { code, stderr } = await install(at);
    expect(stderr).toMatch(/a\.cc:1:2: error: no such thing\n *\.\.\.\n *note: candidate 8\n/);
    expect(stderr).toContain("note: candidate 19");
    expect(code).toBe(EXIT.engine);
  });

  test("what pip says is shown when it fails", async () => {
    const at = setting({ python3: `${PYTHON}echo "no such host: pypi" >&2; exit 1`, "c++": COMPILER });
    const { code, stderr } = await install(at);
    expect(stderr).toContain("no such host: pypi");
    expect(code).toBe(EXIT.engine);
  });

  test("Ctrl-C leaves nothing that is taken for an engine, and the next try is not locked out", async () => {
    const waiting = join(folder, "waiting");
    const at = setting({ python3: `${PYTHON}: >"${waiting}"; exec /bin/sleep infinity`, "c++": COMPILER });
    const running = start(folder, ["engine", "install", "--cpu"], at.env);
    await until(() => existsSync(waiting), running);
    expect(readdirSync(at.engines).some((name) => name.endsWith(".lock"))).toBe(true);
    const second = await install(at);
    expect(second.code).toBe(EXIT.engine);
    expect(second.stderr).toContain("another installation is running");
    running.kill("SIGINT");
    expect((await running.ended).code).toBe(EXIT.interrupted);
    expect(readdirSync(at.engines).filter((name) => /lock|partial/.test(name))).toEqual([]);
    const info = await start(folder, ["engine", "info", "--engine", "tensorflow"], at.env).ended;
    expect(info.code).toBe(EXIT.engine);
  });

  test("the lock of a process that is gone is taken over", async () => {
    const at = setting({ python3: WRONG_WHEEL, "c++": COMPILER });
    mkdirSync(at.engines, { recursive: true });
    const { stdout } = await install(at, "--dry-run");
    const name = /tensorflow-[^/\s]+-cpu-napi8-[0-9a-f]+/.exec(stdout)![0];
    writeFileSync(join(at.engines, `${name}.lock`), "999999999");
    const { stderr } = await install(at);
    expect(stderr).toContain("taking over the lock of process 999999999");
    expect(stderr).toMatch(/sha256/);
  });
});

describe("engine info", () => {
  test("says why the native engine was not taken, and how to get it", async () => {
    const at = setting({});
    const { code, stdout } = await start(folder, ["engine", "info"], at.env).ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/engine +wasm \(chosen by auto\)/);
    expect(stdout).toMatch(/not tensorflow +the native engine is not installed; metamd engine install/);
    const { version } = JSON.parse(
      readFileSync(new URL("../../node_modules/@tensorflow/tfjs-core/package.json", import.meta.url), "utf8"),
    ) as { version: string };
    expect(stdout).toContain(`tfjs-core ${version}`);
  });

  test("--json is for machines", async () => {
    const at = setting({});
    const { stdout } = await start(folder, ["engine", "info", "--engine", "reference", "--json"], at.env).ended;
    const { chosen } = JSON.parse(stdout) as { chosen: { name: string; precision: string } };
    expect(chosen).toMatchObject({ name: "reference", precision: "float64" });
  });

  test("lists the GPUs as --gpus names them", async () => {
    const at = setting({ "nvidia-smi": `echo "${TWO.replace("40960", "[N/A]")}"` });
    const { stdout } = await start(folder, ["engine", "info", "--engine", "wasm"], at.env).ended;
    expect(stdout).toMatch(/^GPU 0 +NVIDIA A100, driver 550\.54\.15, GPU-aaaa$/m);
    expect(stdout).toMatch(/^GPU 1 +NVIDIA A100, 43 GB, driver 550\.54\.15, GPU-bbbb$/m);
  });

  test.each(["", "no library"])(
    "a build whose addon is %j is said to be broken, and how it is mended",
    async (addon) => {
      const at = setting({});
      const installed = seemingBuild(at.engines, "cpu");
      if (addon !== "") writeFileSync(join(installed, "startup.node"), addon);
      const { code, stderr } = await start(folder, ["engine", "info", "--engine", "tensorflow"], at.env).ended;
      expect(stderr).toMatch(
        /^metamd: engine tensorflow: an installation that does not load: .*startup\.node.*\n {2}hint: /,
      );
      expect(stderr).toContain("metamd engine install --force");
      expect(code).toBe(EXIT.engine);
    },
  );

  test("shows what TensorFlow says where its level of messages asks for it", async () => {
    const addon = findAddon();
    if ("missing" in addon) return missing(`engine tensorflow: ${addon.missing}`);
    const said = async (TF_CPP_MIN_LOG_LEVEL?: string): Promise<string> =>
      (await start(folder, ["engine", "info", "--engine", "tensorflow"], { TF_CPP_MIN_LOG_LEVEL }).ended).stderr;
    expect(await said("0")).not.toBe("");
    for (const quiet of [undefined, ""]) expect(await said(quiet)).toBe("");
  });
});
