// Installing the package downloaded 300 MB of libtensorflow in a dependency's script, or failed without a network.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";

const read = (name: string): unknown => JSON.parse(readFileSync(join(packageRoot(), name), "utf8"));

test("nothing that users install has a script of its own, but one that prints", () => {
  const { packages } = read("package-lock.json") as {
    packages: Record<string, { hasInstallScript?: boolean; dev?: boolean }>;
  };
  const scripts = Object.entries(packages).filter(([, { hasInstallScript, dev }]) => hasInstallScript && !dev);
  // Of tfjs; it asks for donations.
  expect(scripts.map(([name]) => name)).toEqual(["node_modules/core-js"]);
});

test("nor has the package", () => {
  const { scripts } = read("package.json") as { scripts: Record<string, string> };
  for (const name of ["preinstall", "install", "postinstall", "prepare"]) expect(scripts).not.toHaveProperty(name);
});
