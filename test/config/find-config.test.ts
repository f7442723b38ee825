import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { findConfigFor } from "../../src/config/find-config.js";
import { EXIT } from "../../src/core/errors.js";
import { packageRoot } from "../../src/core/files.js";
import * as shipped from "../../src/config/shipped.js";
import { scratchFolder, userError } from "../support/folder.js";
import { BASE, configWriter } from "./fixtures.js";

const write = configWriter(scratchFolder());

describe("findConfigFor", () => {
  it("finds the shipped config of a domain", () => {
    expect(findConfigFor("rotated-mnist/45")).toBe(join(packageRoot(), "configs", "rotated-mnist.yaml"));
    expect(findConfigFor("svhn")).toBe(join(packageRoot(), "configs", "diverse-digits.yaml"));
    expect(findConfigFor("synthetic-rotated/75")).toBe(join(packageRoot(), "configs", "quickstart.yaml"));
  });

  it("takes a last part alone for a column of the paper's table", () => {
    expect(findConfigFor("45")).toBe(join(packageRoot(), "configs", "rotated-mnist.yaml"));
    expect(findConfigFor("75")).toBe(join(packageRoot(), "configs", "rotated-mnist.yaml"));
  });

  it("takes the one that makes a table, where others hold the domain out too", () => {
    expect(findConfigFor("dtd")).toBe(join(packageRoot(), "configs", "high-resolution.yaml"));
    const [plain, ofTable] = [write(BASE), write(`${BASE}table: table1_top\n`)] as const;
    vi.spyOn(shipped, "shippedConfigs").mockReturnValue([plain, ofTable]);
    expect(findConfigFor("synthetic-rotated/0")).toBe(ofTable);
  });

  it("lists the domains when there is none", () => {
    const error = userError(() => findConfigFor("rotated-mnist/46"));
    expect(error.exitCode).toBe(EXIT.usage);
    expect(error.message).toBe(
      '--holdout: no shipped config holds out "rotated-mnist/46"\n' +
        "  accepted: cifar10, mnist, qmnist, kmnist, fashion-mnist, usps, svhn, caltech256, dtd, flowers102, pubfig83, " +
        "rotated-mnist/0, rotated-mnist/15, rotated-mnist/30, rotated-mnist/45, rotated-mnist/60, rotated-mnist/75, " +
        "synthetic-rotated/75\n  hint: did you mean rotated-mnist/45?",
    );
    expect(() => findConfigFor("synthetic-rotated/0")).toThrow("no shipped config");
  });

  it("lists the configs when there are several", () => {
    const [first, second] = [write(BASE), write(BASE)] as const;
    vi.spyOn(shipped, "shippedConfigs").mockReturnValue([first, second]);
    expect(userError(() => findConfigFor("synthetic-rotated/0")).message).toBe(
      "--holdout: synthetic-rotated/0 is held out in several shipped configs\n" +
        `  accepted: ${first}, ${second}\n  hint: choose one with --config ${first}`,
    );
  });
});
