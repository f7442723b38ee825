import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { loadSlurmSettings } from "../../src/config/slurm-settings.js";
import { cacheHome, configHome } from "../../src/core/home.js";
import { compiler } from "../../src/engine/backends/tensorflow/install/tools.js";
import { buildFolder } from "../../src/engine/backends/tensorflow/location.js";
import { start } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { runMain } from "../support/main.js";
import { everything } from "../support/require.js";
import { writeSmallConfig } from "../support/small-config.js";

afterEach(() => vi.unstubAllEnvs());
const folder = scratchFolder();

test.each(["", "relative", "./metamd", "../up", "~/.config"])("XDG folders that are %j are ignored", (value) => {
  vi.stubEnv("XDG_CONFIG_HOME", value);
  vi.stubEnv("XDG_CACHE_HOME", value);
  expect(configHome()).toBe(join(homedir(), ".config"));
  expect(cacheHome()).toBe(join(homedir(), ".cache"));
  expect(dirname(buildFolder("cpu"))).toBe(join(homedir(), ".cache", "metamd", "engine"));
});

test("nothing of the working folder is taken for the user's settings", () => {
  const before = process.cwd();
  mkdirSync(join(folder, "metamd"));
  writeFileSync(join(folder, "metamd", "slurm.yaml"), "partition: nope\n");
  vi.stubEnv("HOME", join(folder, "home"));
  process.chdir(folder);
  try {
    for (const value of ["", "."]) {
      vi.stubEnv("XDG_CONFIG_HOME", value);
      expect(loadSlurmSettings(undefined).partition).toBeUndefined();
    }
  } finally {
    process.chdir(before);
  }
});

test("an absolute one is taken", () => {
  vi.stubEnv("XDG_CONFIG_HOME", folder);
  expect(configHome()).toBe(folder);
});

test("our own variables that are empty are unset", () => {
  for (const name of ["METAMD_ENGINE_DIR", "CXX"]) vi.stubEnv(name, "");
  expect(dirname(buildFolder("cpu"))).toBe(join(cacheHome(), "metamd", "engine"));
  expect(compiler()).toBe("c++");
});

test("METAMD_THREADS that is empty is unset", async () => {
  vi.stubEnv("METAMD_THREADS", "");
  const { code, err } = await runMain(
    "plan",
    "--config",
    writeSmallConfig(folder),
    "--results",
    folder,
    "--engine",
    "wasm",
  );
  expect(err).toMatch(/about [0-9]+ s/);
  expect(code).toBe(0);
});

test.each(["", "relative"])("a home folder that is %j is taken from the user's entry in the system", (home) => {
  vi.stubEnv("XDG_CONFIG_HOME", "");
  vi.stubEnv("HOME", home);
  expect(configHome()).toBe(join(userInfo().homedir, ".config"));
});

test("folders on the PATH that are empty or relative are none: no program of the working folder is started", async () => {
  const fakes = join(folder, "fakes");
  mkdirSync(fakes);
  for (const name of ["git", "nvidia-smi", "sbatch", "squeue", "ldconfig"])
    writeFileSync(join(fakes, name), `#!/bin/sh\necho "$0" >> "${fakes}/started"\n`, { mode: 0o755 });
  writeSmallConfig(fakes);
  const config = writeSmallConfig(folder);
  const paths = ["", ":/usr/bin:/bin", ".:/usr/bin:/bin", "/usr/bin::/bin", "../fakes"];
  for (const [i, path] of paths.slice(0, everything ? undefined : 1).entries()) {
    const env = { PATH: path };
    const jobs = i === 0 ? "2" : "1";
    expect((await start(fakes, ["engine", "info", "--engine", "wasm"], env).ended).code).toBe(0);
    const args = ["run", "--config", config, "--engine", "wasm", "--jobs", jobs, "--results", `r${i}`];
    expect((await start(fakes, args, env).ended).code).toBe(0);
    await start(fakes, [...args, "--executor", "slurm", "--detach"], env).ended;
    expect(existsSync(join(fakes, "started")), path).toBe(false);
  }
});
