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

/** Installs a bundle where nothing is but a shell, tar and sha256sum. The program gets its name last: what is interrupted is
 *  never taken for installed. */
export const INSTALL_SCRIPT = `#!/bin/sh
# Installs metamd, Node and the native engine from this folder, without a network. Usage: sh install.sh FOLDER
set -eu
usage="usage: sh install.sh FOLDER   (the program's new home: FOLDER/metamd/bin/metamd)"
refuse() { printf 'install.sh: %s\\n' "$@" >&2; exit 2; }
for one do
  case $one in
    -h | --help) echo "$usage"; exit 0 ;;
    -*) refuse "$one: unknown option" "$usage" ;;
  esac
done
[ $# -eq 1 ] && [ -n "$1" ] || refuse "one folder is needed" "$usage"
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd) || exit 2
[ ! -e "$1/metamd" ] || refuse "$1/metamd is there; delete it, or name another folder"
(cd "$here" && sha256sum --check --quiet SHA256SUMS) || { echo "install.sh: copy these parts again" >&2; exit 4; }
partial="$1/metamd.partial"
rm -rf "$partial" || exit 2
mkdir -p "$partial" || refuse "$1 is no folder that can be made, or written to; name another"
trap 'rm -rf "$partial"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
cat "$here"/runtime-*.part | tar -xzf - -C "$partial"
"$partial/metamd/bin/metamd" engine install --from "$here"
mv "$partial/metamd" "$1/metamd"
echo "installed: $1/metamd/bin/metamd"
`;

/** Installs a bundle, unless that is done, and checks its engine on this machine's GPU. What it refuses it refuses before
 *  that; the options are those of gpu-check.js. */
export const GPU_CHECK_SCRIPT = `#!/bin/sh
# Installs this bundle below a folder, checks its engine on this machine's GPU and times it, without a network.
# Usage: sh gpu-check.sh FOLDER [--cpu] [--python FILE] [--blocks N]
set -eu
usage="usage: sh gpu-check.sh FOLDER [--cpu] [--python FILE] [--blocks N]"
help() {
  cat <<END
$usage

Installs this bundle below a folder, checks its engine on this machine's GPU and times it, without a network.

  --cpu          all parts on the processor, with small batches: a dry run, whose times say nothing
  --python FILE  a Python whose torch is timed beside it, where there is one (default: python3)
  --blocks N     turns of each step (default: 10)
END
}
refuse() { printf 'gpu-check.sh: %s\\n' "$@" >&2; exit 2; }
home=
left=$#
for one do
  case $one in -h | --help) help; exit 0 ;; esac
done
while [ "$left" -gt 0 ]; do
  one=$1; shift; left=$((left - 1))
  case $one in
    --python | --blocks)
      [ "$left" -gt 0 ] || refuse "$one: no value" "$usage"
      one=$one=$1; shift; left=$((left - 1)) ;;
  esac
  case $one in
    --python= | --python=--* | --blocks= | --blocks=--*) refuse "\${one%%=*}: no value" "$usage" ;;
    --blocks=*[!0-9]* | --blocks=??????????*) refuse "--blocks: given \${one#*=}" "  accepted: integers from 1" ;;
    --cpu | --python=* | --blocks=*[1-9]*) set -- "$@" "$one" ;;
    --blocks=*) refuse "--blocks: given \${one#*=}" "  accepted: integers from 1" ;;
    -*) refuse "$one: unknown option" "$usage" ;;
    *) [ -z "$home" ] || refuse "$one: a second folder" "$usage"; home=$one ;;
  esac
done
[ -n "$home" ] || refuse "one folder is needed" "$usage"
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd) || exit 2
mkdir -p "$home" || refuse "$home is no folder that can be made; name another"
home=$(CDPATH= cd -- "$home" && pwd) || exit 2
METAMD_ENGINE_DIR="$home/engine"; export METAMD_ENGINE_DIR
metamd="$home/metamd/bin/metamd"
if [ ! -e "$home/metamd" ]; then
  sh "$here/install.sh" "$home"
elif ! "$metamd" --version >/dev/null 2>&1; then
  refuse "$home/metamd is there, and no metamd that runs; delete it, or name another folder"
elif ! "$metamd" engine info --engine tensorflow >/dev/null 2>&1; then
  "$metamd" engine install --from "$here"
fi
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
