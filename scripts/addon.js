// Copies what the native engine needs of @tensorflow/tfjs-node-gpu to dist/addon: its backend's scripts and its C++
// sources. The package itself is a development dependency: its install script downloads TensorFlow from a host that is
// not always there, and `metamd engine install` brings a TensorFlow of its own. Part of `npm run build`.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const source = dirname(require.resolve("@tensorflow/tfjs-node-gpu/package.json"));
const target = join(dirname(fileURLToPath(import.meta.url)), "../dist/addon");
const ENTRIES = ["nodejs_kernel_backend.js", "register_all_kernels.js", "proto/api_pb.js"];

/** A script and all that it requires by a relative path. */
function closure(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, wanted] of readFileSync(file, "utf8").matchAll(/require\(['"](\.[^'"]+)['"]\)/g))
    closure(require.resolve(join(dirname(file), wanted)), found);
  return found;
}

rmSync(target, { recursive: true, force: true });
const scripts = new Set(ENTRIES.flatMap((entry) => [...closure(join(source, "dist", entry))]));
for (const file of scripts) cpSync(file, join(target, relative(source, file)));
cpSync(join(source, "binding"), join(target, "binding"), { recursive: true });
mkdirSync(target, { recursive: true });
const { name, version, license } = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
writeFileSync(join(target, "package.json"), `${JSON.stringify({ name, version, license }, null, 2)}\n`);
writeFileSync(
  join(target, "NOTICE"),
  `Parts of ${name} ${version}, unchanged. Copyright Google LLC, ${license}: see the head of every file.\n`,
);
