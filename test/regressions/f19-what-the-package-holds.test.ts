import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { runProgram } from "../support/binary.js";

const root = packageRoot();
const packed = await runProgram("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { folder: root });
const [{ files }] = JSON.parse(packed.stdout) as [{ files: { path: string }[] }];
const paths = files.map(({ path }) => path);

test("the package holds the program, its types, every config and every document, gpu-check, and nothing else", () => {
  const wanted = ["configs", "docs"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.\w+$/.test(name))
      .map((name) => `${folder}/${name}`),
  );
  expect(paths).toEqual(
    expect.arrayContaining([...wanted, "dist/bin/metamd.js", "dist/addon/binding/tfjs_backend.cc"]),
  );
  const others = paths.filter(
    (path) => !/^(configs|docs|dist|datasets|results\/reference|src)\/|^[A-Z]+(\.md)?$/.test(path),
  );
  // A bundle has gpu-check from here.
  const check = ["gpu-check.js", "markdown.js", "part.js"].map((name) => `scripts/gpu-check/${name}`);
  const beside = ["scripts/bench/pytorch_step.py", "scripts/command-line.js"];
  expect(others.sort()).toEqual(["package.json", ...beside, ...check]);
  expect(paths.filter((path) => path.endsWith(".map"))).toEqual([]);
});

test("the package holds what its exports, its command and the links of its README lead to", () => {
  const { bin, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    bin: Record<string, string>;
    exports: Record<string, string | Record<string, string>>;
  };
  const led = [
    ...Object.values(bin),
    ...Object.values(exports).flatMap((one) => (typeof one === "string" ? one : Object.values(one))),
  ];
  const named = readFileSync(join(root, "README.md"), "utf8").matchAll(/`(docs\/[\w-]+\.md)`/g);
  for (const path of [...led.filter((text) => text.includes("/")), ...[...named].map(([, path]) => path!)]) {
    expect(paths).toContain(path.replace(/^\.\//, ""));
    expect(existsSync(join(root, path)), path).toBe(true);
  }
});
