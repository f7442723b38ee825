// Runs and type-checks the examples of docs/library.md where the package is installed.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { commandLine } from "../command-line.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const { operands } = commandLine({
  about: "Runs and type-checks the examples of docs/library.md in FOLDER, whose node_modules has metamd-bench.",
  operands: ["FOLDER"],
});
const folder = resolve(operands[0]);
const text = readFileSync(join(root, "docs", "library.md"), "utf8");
const examples = [...text.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code);
if (examples.length === 0) throw new Error("docs/library.md has no example");
const files = examples.map((code, i) => {
  const file = join(folder, `example-${i + 1}.mjs`);
  writeFileSync(file, code);
  return file;
});
const options = ["--noEmit", "--allowJs", "--checkJs", "--skipLibCheck", "--module", "nodenext", "--target", "es2022"];
const types = [
  "--types",
  "node",
  "--typeRoots",
  join(root, "node_modules", "@types"),
  "--strict",
  "--noImplicitAny",
  "false",
];
execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), ...options, ...types, ...files], {
  cwd: folder,
  stdio: "inherit",
});
for (const file of files) {
  const said = execFileSync(process.execPath, [file], { cwd: folder, encoding: "utf8" });
  process.stdout.write(said);
  if (said === "") throw new Error(`${file} said nothing`);
}
console.log(`${files.length} examples: types checked, run`);
