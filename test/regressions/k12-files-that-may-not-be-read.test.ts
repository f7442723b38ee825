import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { explained } from "../../src/cli/shared/explain.js";
import { writeClassFolders, writeOwnManifest } from "../support/class-folders.js";
import { scratchFolder } from "../support/folder.js";
import { asOrdinaryUser, runMain } from "../support/main.js";
import { writeSmallConfig } from "../support/small-config.js";
import { resultsCopy } from "../support/results.js";

const folder = scratchFolder();
const at = (...parts: string[]): string => join(folder, ...parts);
const config = writeSmallConfig(folder);

beforeAll(async () => {
  chmodSync(folder, 0o755);
  mkdirSync(at("open"));
  writeOwnManifest(at("data"), "own", 2);
  writeOwnManifest(at("open-data"), "own", 2);
  chmodSync(at("open-data"), 0o777);
  writeClassFolders(at("given"), ["a", "b"], 12);
  resultsCopy(at("results"));
  writeFileSync(at("weights.safetensors"), "");
  // What a command loads when it is first run must be readable; afterwards nothing is loaded any more.
  await runMain("plan", "--config", config, "--results", at("open"));
  rmSync(at("open"), { recursive: true });
  mkdirSync(at("open"));
  chmodSync(at("open"), 0o777);
}, 120_000);

interface Case {
  /** What is closed, and to which mode. */
  readonly closed: string;
  readonly mode?: number;
  readonly args: readonly string[];
  readonly code: number;
}
const run = ["--config", config, "--results", at("open"), "--engine", "reference"];
const CASES: Readonly<Record<string, Case>> = {
  "a config": { closed: config, args: ["plan", ...run], code: 2 },
  "a config's folder": { closed: at("shut"), args: ["plan", "--config", at("shut", "x.yaml")], code: 2 },
  "a cluster's settings": {
    closed: at("slurm.yaml"),
    args: ["run", ...run, "--executor", "slurm", "--slurm", at("slurm.yaml"), "--detach"],
    code: 2,
  },
  "a manifest of one's own": {
    closed: at("data", "manifest.yaml"),
    args: ["data", "list", "--data", at("data")],
    code: 3,
  },
  "a folder of datasets": { closed: at("data"), args: ["data", "list", "--data", at("data")], code: 3 },
  "an image to import": {
    closed: at("given", "a", "0.jpg"),
    args: ["data", "import", "own", at("given"), "--data", at("open-data")],
    code: 2,
  },
  "a folder to import": {
    closed: at("given", "a"),
    args: ["data", "import", "own", at("given"), "--data", at("open-data")],
    code: 2,
  },
  "a folder of datasets to write to": {
    closed: at("data"),
    mode: 0o555,
    args: ["data", "import", "own", at("given"), "--data", at("data")],
    code: 3,
  },
  "a results folder to write figures to": {
    closed: at("results"),
    mode: 0o555,
    args: ["figure", "all", "--results", at("results")],
    code: 2,
  },
  "a results folder to write tables to": {
    closed: at("results"),
    mode: 0o555,
    args: ["table", "all", "--results", at("results")],
    code: 2,
  },
  "a report to write": {
    closed: at("results"),
    mode: 0o555,
    args: ["report", "--results", at("results")],
    code: 2,
  },
  "results to read": { closed: at("results"), args: ["status", "--results", at("results")], code: 2 },
  "results to run in": {
    closed: at("results"),
    mode: 0o555,
    args: ["run", "--config", config, "--results", at("results")],
    code: 2,
  },
  "a file to look into": { closed: at("weights.safetensors"), args: ["inspect", at("weights.safetensors")], code: 3 },
  "weights to begin with": {
    closed: at("weights.safetensors"),
    args: [
      ...["plan", "--config", writeSmallConfig(folder, "", "kind: mlp, hidden: [16]", "kind: resnet18s, width: 4")],
      ...["--set", "suite.image={size: 32, channels: 3}", "--pretrained", at("weights.safetensors")],
    ],
    code: 3,
  },
};

describe("as a user without the right", () => {
  test.each(Object.keys(CASES))("%s", async (name) => {
    const { closed, mode = 0, args, code } = CASES[name]!;
    if (closed === at("shut")) mkdirSync(closed, { recursive: true });
    if (closed === at("slurm.yaml")) writeFileSync(closed, "partition: x\n");
    chmodSync(closed, mode);
    try {
      const said = await asOrdinaryUser(() => runMain(...args));
      expect(said.err).toContain("EACCES: permission denied");
      expect(said.err).toContain(closed);
      expect(said.err).toMatch(/\n {2}hint: /);
      expect(said.err).not.toContain("bug in metamd");
      expect(said.code).toBe(code);
    } finally {
      chmodSync(closed, 0o755);
    }
  });
});

const CODES = [
  ...["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT", "ENOENT", "ENOTDIR", "EISDIR", "EEXIST", "ELOOP", "ENAMETOOLONG"],
  ...[
    "EMFILE",
    "ENFILE",
    "EIO",
    "ESTALE",
    "ENOTSUP",
    "EXDEV",
    "EBUSY",
    "ENOMEM",
    "EAGAIN",
    "EFBIG",
    "ETIMEDOUT",
    "EUNHEARDOF",
  ],
];
describe("errors of the operating system that nobody met before", () => {
  test.each(CODES)("%s says where, why and what to do", (code) => {
    const error = Object.assign(new Error(`${code}: in the system's words, open '/x/y'`), {
      code,
      syscall: "open",
      path: "/x/y",
    });
    const told = explained(error, "datasets")!;
    expect(told.exitCode).toBe(2);
    expect(told.message).toMatch(new RegExp(`^/x/y: cannot be opened: ${code}: .*\\n {2}hint: .{10}`));
    expect(explained(Object.assign(error, { path: "datasets/mnist/x" }), "datasets")!.exitCode).toBe(3);
  });

  test("memory, a NUL in a path and a library's errors are no defects either", () => {
    expect(
      explained(
        caught(() => new Array(-1)),
        "d",
      )!.message,
    ).toContain("memory: Invalid array length");
    expect(
      explained(
        caught(() => chmodSync("a\0b", 0)),
        "d",
      )!.message,
    ).toContain("without a NUL");
    const foreign = new Error("no idea");
    foreign.stack = "Error: no idea\n    at f (/x/node_modules/@a/b/index.js:1:2)";
    expect(explained(foreign, "d")!.message).toContain("the library @a/b: no idea");
  });

  test("what is one is called one", async () => {
    expect(explained(new TypeError("x is not a function"), "d")).toBeUndefined();
    expect(explained("a text", "d")).toBeUndefined();
  });
});

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("paths that lead nowhere", () => {
  const long = "x".repeat(300);
  test.each([
    ["a name that is too long", ["plan", "--config", `${long}.yaml`]],
    ["results with one", ["status", "--results", long]],
    ["datasets with one", ["data", "list", "--data", long]],
    ["results that are a file", ["status", "--results", config]],
    ["results that are a file", ["report", "--results", config]],
    ["results that are a file", ["run", "--config", config, "--results", config]],
    ["datasets that are a file", ["data", "list", "--data", config]],
    ["a file as a folder", ["plan", "--config", join(config, "x.yaml")]],
    ["a folder as a file", ["inspect", "/tmp"]],
    ["a link to itself", ["plan", "--config", "/dev/fd/9999"]],
  ])("%s", async (_what, args) => {
    const { code, err } = await runMain(...args);
    expect(err).not.toContain("bug in metamd");
    if (code !== 0) expect([2, 3]).toContain(code);
  });
});
