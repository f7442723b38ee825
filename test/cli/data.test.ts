import { basename, join } from "node:path";
import { Command } from "commander";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { data } from "../../src/cli/data.js";
import type { UserError } from "../../src/core/errors.js";
import { shippedConfigs } from "../../src/config/shipped.js";
import { EXIT } from "../../src/core/errors.js";
import { packageRoot } from "../../src/core/files.js";
import type { DatasetStatus } from "../../src/data/store/status.js";
import { errorOf, writeSmallMnist } from "../data/fixtures.js";
import { writeFileSync } from "node:fs";
import { scratchFolder } from "../support/folder.js";

const folder = scratchFolder();
const root = join(folder, "datasets");
const small = writeSmallMnist(join(folder, "small"), { train: 30, test: 10 });
let out = "";
let err = "";

beforeEach(() => {
  out = err = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((err += String(text)), true));
});

async function metamd(...argv: string[]): Promise<void> {
  const program = new Command("metamd")
    .exitOverride()
    .option("--data <dir>")
    .option("--json", "", false)
    .option("--set <x...>", "", []);
  program.option("--quiet", "", false).addCommand(data());
  await program.parseAsync(["--data", root, ...argv], { from: "user" });
}

describe("metamd data", () => {
  it("lists, imports, lists again and verifies", async () => {
    await metamd("data", "list");
    expect(out).toMatch(/^dataset +state +train +validation +test +still needed +licence\n/);
    expect(out).toMatch(/\nmnist +absent +60000 +10000 +11\.6 MB +none stated\n/);
    expect(out).toMatch(/\nrotated-mnist +absent \(mnist\)/);
    expect(out).toMatch(/\nsynthetic-digits +embedded +10000 +2000 +2000 +nothing /);

    out = "";
    await metamd("data", "import", "mnist", small, "--partial");
    expect(out).toBe("mnist: partial, 4 files stored\n");
    expect(err).toContain(join(small, "t10k-labels-idx1-ubyte.gz"));

    out = "";
    await metamd("--json", "data", "list");
    const statuses = JSON.parse(out) as DatasetStatus[];
    expect(statuses.find(({ id }) => id === "mnist")).toMatchObject({
      state: "partial",
      counts: { train: 30, test: 10 },
    });

    out = "";
    await metamd("data", "verify");
    expect(out.match(/mnist +\S+ +ok/g)!.length).toBe(4);

    writeFileSync(join(root, "mnist", "raw", "t10k-labels-idx1-ubyte.gz"), "changed");
    out = "";
    const error = (await errorOf(() => metamd("data", "verify", "mnist"))) as UserError;
    expect(error.exitCode).toBe(EXIT.data);
    expect(error.message).toMatch(
      /t10k-labels-idx1-ubyte\.gz: sha256 [^]*accepted: sha256 [^]*hint: metamd data fetch mnist, or metamd data import mnist PATH/,
    );
    expect(out).toMatch(/t10k-labels-idx1-ubyte\.gz +different/);
  });

  it("refuses unofficial files with exit code 3 and prints nothing on stdout", async () => {
    const error = (await errorOf(() => metamd("--quiet", "data", "import", "mnist", small))) as UserError;
    expect(error.exitCode).toBe(EXIT.data);
    expect([out, err]).toEqual(["", ""]);
  });

  it("fetches nothing for drawn sets, and demands a dataset or a suite", async () => {
    await metamd("data", "fetch", "synthetic-digits");
    expect([out, err]).toEqual(["", "nothing to fetch: metamd generates these datasets itself\n"]);
    const none = (await errorOf(() => metamd("data", "fetch"))) as UserError;
    expect([none.exitCode, none.message]).toEqual([
      EXIT.usage,
      "metamd data fetch: no dataset\n  accepted: ids of datasets, or --suite CONFIG\n  hint: metamd data list shows the ids",
    ]);
  });

  it("finds the datasets of a suite, by the name of a shipped config or its file", async () => {
    err = "";
    await metamd("data", "fetch", "--suite", "quickstart");
    expect(err).toContain("nothing to fetch");
    const away = (await errorOf(() =>
      metamd("data", "fetch", "--offline", "--suite", join(packageRoot(), "configs", "rotated-mnist.yaml")),
    )) as UserError;
    expect(away.exitCode).toBe(EXIT.data);
    expect(away.faults.map(({ where }) => where)).toContain("mnist: t10k-labels-idx1-ubyte.gz");
    const shipped = shippedConfigs()
      .map((path) => basename(path, ".yaml"))
      .join(", ");
    const wrong = (await errorOf(() => metamd("data", "fetch", "--suite", "quikstart"))) as UserError;
    expect([wrong.exitCode, wrong.message]).toEqual([
      EXIT.usage,
      `--suite: neither a file nor a shipped config: "quikstart"\n  accepted: ${shipped}\n  hint: did you mean quickstart?`,
    ]);
  });

  it("says where sets come from that can only be imported", async () => {
    await metamd("data", "list");
    expect(out).toContain(
      "butterfly cannot be fetched: get it from http://www.sysu-hcp.net/hierarchical-semantic-embedding/, then metamd data import butterfly PATH",
    );
    expect(out).toMatch(/\nusps +absent +7291 +2007 +2 files of unknown size +none stated\n/);
  });

  it("suggests a near dataset id", async () => {
    const error = (await errorOf(() => metamd("data", "import", "minst", small))) as UserError;
    expect(error.exitCode).toBe(EXIT.usage);
    expect(error.message).toContain("did you mean mnist?");
  });

  it("gives every subcommand an example", () => {
    for (const command of data().commands) {
      let help = "";
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(help).toContain(`Example: metamd data ${command.name()}`);
    }
  });
});
