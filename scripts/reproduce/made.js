import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** Runs the program and ends with its exit code where it fails. */
export function made(args) {
  console.log(`$ metamd ${args.join(" ")}`);
  const { status } = spawnSync(process.execPath, [join(root, "dist", "bin", "metamd.js"), ...args], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}
