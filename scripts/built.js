// Builds the program, then runs a script that needs it. What the script refuses, and --help, needs no build.
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [node, , script, ...args] = process.argv;
const env = { ...process.env, METAMD_SCRIPT_LOOKS: "1" };
const { status, stdout, stderr } = spawnSync(node, [script, ...args], { env, encoding: "utf8" });
// Ending otherwise it may only lack the program as it is now.
if (status === 2 || (status === 0 && stdout !== "")) {
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exit(status);
}
const build = spawnSync("npm", ["run", "build"], { stdio: "inherit" });
if (build.status !== 0) process.exit(build.status ?? 1);
process.argv = [node, resolve(script), ...args];
await import(pathToFileURL(process.argv[1]).href);
