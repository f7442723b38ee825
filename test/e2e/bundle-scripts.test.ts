import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { GPU_CHECK_SCRIPT, INSTALL_SCRIPT } from "../../src/engine/backends/tensorflow/install/runtime.js";
import { inShell, runProgram, type Ended } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";

const folder = scratchFolder();
const bundle = join(folder, "bundle");
const home = join(folder, "home");

/** Stands for the program: its engine is a file, and how an installation ends is what INSTALLING does. */
const METAMD = `#!/bin/sh
case "$1 \${2-}" in
  "engine info") [ -e "$METAMD_ENGINE_DIR/whole" ] ;;
  "engine install") eval "\${INSTALLING:-}"; mkdir -p "$METAMD_ENGINE_DIR"; : >"$METAMD_ENGINE_DIR/whole"; echo "from $4" ;;
esac
`;
const NODE = '#!/bin/sh\nshift\necho "checked: $*"\n';

beforeEach(async () => {
  for (const one of [bundle, home]) rmSync(one, { recursive: true, force: true });
  const bin = join(folder, "metamd", "bin");
  for (const one of [bundle, bin]) mkdirSync(one, { recursive: true });
  for (const [name, text] of Object.entries({ metamd: METAMD, node: NODE }))
    writeFileSync(join(bin, name), text, { mode: 0o755 });
  writeFileSync(join(bundle, "install.sh"), INSTALL_SCRIPT);
  writeFileSync(join(bundle, "gpu-check.sh"), GPU_CHECK_SCRIPT);
  const packed = `tar -czf bundle/runtime-000.part metamd && cd bundle && sha256sum *.part > SHA256SUMS`;
  expect((await inShell(packed, { folder })).code).toBe(0);
});

const run = (script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  runProgram("sh", [join(bundle, script), ...args], {
    folder,
    env: { METAMD_ENGINE_DIR: join(folder, "home", "engine"), ...env },
  });

describe.each(["install.sh", "gpu-check.sh"])("%s of a bundle", (script) => {
  test.each([[["--help"]], [["-h"]], [["home", "--help"]]])("given %j says how it is called", async (args) => {
    const { code, stdout, stderr } = await run(script, args);
    expect(stdout).toMatch(new RegExp(`^usage: sh ${script} FOLDER`));
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });

  test.each([
    [[], "one folder is needed"],
    [[""], "one folder is needed"],
    [["home", "--gpu"], "--gpu: unknown option"],
    [["--gpu", "home"], "--gpu: unknown option"],
    [["home", "-x"], "-x: unknown option"],
  ])("given %j refuses it before anything is made", async (args, said) => {
    const { code, stdout, stderr } = await run(script, args);
    expect(stderr).toMatch(new RegExp(`^${script}: ${said}\n${script}: usage: sh ${script} FOLDER`));
    expect(stdout).toBe("");
    expect(code).toBe(2);
    expect(existsSync(home)).toBe(false);
  });

  test("says that its folder can't be made", async () => {
    writeFileSync(join(folder, "file"), "");
    const { code, stderr } = await run(script, ["file"]);
    expect(stderr).toContain(`${script}: file is no folder that can be made`);
    expect(code).toBe(2);
  });

  test.each(["exit 4", "kill -TERM $PPID; exit 1"])(
    "begins anew where installing ended with %s",
    async (INSTALLING) => {
      const first = await run(script, ["home"], { INSTALLING });
      expect(first.code).not.toBe(0);
      expect(readdirSync(home)).toEqual([]);
      const { code, stdout } = await run(script, ["home"]);
      expect(stdout).toContain(`from ${bundle}\ninstalled: `);
      expect(code).toBe(0);
    },
  );

  test("begins anew where installing was killed", async () => {
    await run(script, ["home"], { INSTALLING: "kill -KILL $PPID; exit 1" });
    expect(existsSync(join(home, "metamd"))).toBe(false);
    expect((await run(script, ["home"])).code).toBe(0);
    expect(readdirSync(home).sort()).toEqual(["engine", "metamd"]);
  });
});

test("install.sh takes nothing away that is there", async () => {
  mkdirSync(join(home, "metamd"), { recursive: true });
  const { code, stderr } = await run("install.sh", ["home"]);
  expect(stderr).toBe("install.sh: home/metamd is there; delete it, or name another folder\n");
  expect(code).toBe(2);
});

describe("gpu-check.sh", () => {
  test.each([
    [["home", "--blocks", "0"], "--blocks: given 0"],
    [["home", "--blocks=2x"], "--blocks: given 2x"],
    [["home", "--blocks", "1234567890"], "--blocks: given 1234567890"],
    [["home", "--blocks"], "--blocks: no value"],
    [["home", "--python", "--cpu"], "--python: no value"],
    [["home", "--python="], "--python: no value"],
    [["home", "--cpu=yes"], "--cpu=yes: unknown option"],
    [["home", "--output", "there"], "--output: unknown option"],
    [["home", "other"], "other: a second folder"],
  ])("given %j refuses it before anything is made", async (args, said) => {
    const { code, stderr } = await run("gpu-check.sh", args);
    expect(stderr).toContain(`gpu-check.sh: ${said}\n`);
    expect(code).toBe(2);
    expect(existsSync(home)).toBe(false);
  });

  test("hands its options on, whatever their order", async () => {
    const { code, stdout } = await run("gpu-check.sh", ["--blocks", "3", "home", "--python", "a b", "--cpu"]);
    expect(stdout).toContain(`checked: --output ${home}/gpu-check --blocks=3 --python=a b --cpu\n`);
    expect(code).toBe(0);
  });

  test("installs once", async () => {
    expect((await run("gpu-check.sh", ["home"])).stdout).toContain("installed: ");
    expect((await run("gpu-check.sh", ["home"])).stdout).toBe(`checked: --output ${home}/gpu-check\n`);
  });

  test("brings an engine that is missing from the bundle", async () => {
    await run("gpu-check.sh", ["home"]);
    rmSync(join(home, "engine"), { recursive: true });
    const { code, stdout } = await run("gpu-check.sh", ["home"]);
    expect(stdout).toBe(`from ${bundle}\nchecked: --output ${home}/gpu-check\n`);
    expect(code).toBe(0);
  });

  test("says that what is there is no program", async () => {
    mkdirSync(join(home, "metamd"), { recursive: true });
    const { code, stderr } = await run("gpu-check.sh", ["home"]);
    expect(stderr).toMatch(/^gpu-check\.sh: .*\/home\/metamd is there, and no metamd that runs; delete it, or name/);
    expect(code).toBe(2);
  });
});
