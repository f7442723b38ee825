import { chmodSync, copyFileSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT, UserError } from "../../../../core/errors.js";
import { makeFolders, packageRoot } from "../../../../core/files.js";
import { runTool } from "./tools.js";

/** Installs the program from its own package into a scratch folder, with Node beside it. @returns that folder. */
export async function stageRuntime(signal: AbortSignal, say: (line: string) => void): Promise<string> {
  const scratch = mkdtempSync(join(tmpdir(), "metamd-bundle-"));
  const folder = join(scratch, "metamd");
  makeFolders(join(folder, "bin"));
  const shared = await runTool("ldd", [process.execPath], { signal }).catch(() => "");
  if (/libnode/.test(shared)) throw sharedNode();
  say("installing the program with its packages into a scratch folder");
  const packed = await runTool("npm", ["pack", "--silent", "--pack-destination", scratch, packageRoot()], { signal });
  const tarball = join(scratch, packed.trim().split("\n").pop()!);
  await runTool("npm", ["install", "--prefix", folder, "--omit=dev", "--no-audit", "--no-fund", tarball], { signal });
  copyFileSync(process.execPath, join(folder, "bin", "node"));
  writeFileSync(join(folder, "bin", "metamd"), LAUNCHER);
  for (const name of ["node", "metamd"]) chmodSync(join(folder, "bin", name), 0o755);
  await runTool(join(folder, "bin", "metamd"), ["--version"], { signal });
  return folder;
}

const LAUNCHER = `#!/bin/sh
# metamd with the Node beside it.
here=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd) || exit 2
exec "$here/node" "$here/../node_modules/metamd-bench/dist/bin/metamd.js" "$@"
`;

/** Installs a bundle where nothing is but a shell, tar and sha256sum. */
export const INSTALL_SCRIPT = `#!/bin/sh
# Installs metamd, Node and the native engine from this folder, without a network. Usage: sh install.sh FOLDER
set -eu
[ $# -eq 1 ] || { echo "usage: sh install.sh FOLDER   (the program's new home: FOLDER/metamd/bin/metamd)" >&2; exit 2; }
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
(cd "$here" && sha256sum --check --quiet SHA256SUMS) || { echo "install.sh: copy these parts again" >&2; exit 4; }
[ ! -e "$1/metamd" ] || { echo "install.sh: $1/metamd is there; delete it, or name another folder" >&2; exit 2; }
mkdir -p "$1"
cat "$here"/runtime-*.part | tar -xzf - -C "$1"
"$1/metamd/bin/metamd" engine install --from "$here"
echo "installed: $1/metamd/bin/metamd"
`;

/** Installs a bundle and checks its engine on this machine's GPU. */
export const GPU_CHECK_SCRIPT = `#!/bin/sh
# Installs this bundle below a folder, checks its engine on this machine's GPU and times it, without a network.
# Usage: sh gpu-check.sh FOLDER [--cpu] [--python FILE] [--blocks N]
set -eu
[ $# -ge 1 ] || { echo "usage: sh gpu-check.sh FOLDER [--cpu] [--python FILE] [--blocks N]" >&2; exit 2; }
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd) || exit 2
home=$1; shift
mkdir -p "$home"; home=$(CDPATH= cd -- "$home" && pwd)
METAMD_ENGINE_DIR="$home/engine"; export METAMD_ENGINE_DIR
[ -e "$home/metamd" ] || sh "$here/install.sh" "$home"
check="$home/metamd/node_modules/metamd-bench/scripts/gpu-check/gpu-check.js"
exec "$home/metamd/bin/node" "$check" --output "$home/gpu-check" "$@"
`;

const sharedNode = (): UserError =>
  new UserError(EXIT.engine, {
    where: process.execPath,
    given: "a Node that is made of a shared library (libnode)",
    accepted: "a Node that is one file, as nodejs.org ships it",
    hint: "run metamd with such a Node, or leave --with-node out",
  });
