#!/usr/bin/env bash
# Uses the packed program in an empty folder as its user would, with no network but the registries, and says how long
# everything takes. Usage: bash scripts/checks/package.sh FOLDER (not there yet)
set -euo pipefail
checkout=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
cd "$1"

timed() {
  local begun=${EPOCHREALTIME/./} took
  "$@"
  took=$(((${EPOCHREALTIME/./} - begun) / 100000))
  printf -- '-- %d.%d s: %s\n' $((took / 10)) $((took % 10)) "$*" >&2
}

(cd "$checkout" && npm pack --silent --pack-destination "$OLDPWD")
npm init --yes >/dev/null
timed npm install --no-audit --no-fund metamd-bench-*.tgz
export PATH="$PWD/node_modules/.bin:$PATH"
timed metamd --version
timed npm exec --no -- metamd --version
timed metamd run --config configs/quickstart.yaml --engine wasm --results quick
timed metamd config schema >schema.json
node -e 'if (JSON.parse(require("node:fs").readFileSync("schema.json", "utf8")).properties.suite === undefined) process.exitCode = 1'
timed metamd init --domains synthetic-digits,synthetic-diverse/thick --model mlp --methods sgd,adam,metamd --output mine.yaml
timed metamd plan --config mine.yaml
bash -c 'source <(metamd completion bash) && complete -p metamd'
zsh -f -c 'autoload -U compinit && compinit -u -D && source <(metamd completion zsh) && echo "zsh: ${_comps[metamd]}"'
fish -c 'metamd completion fish | source; complete -C "metamd meta-tr"'
node "$checkout/scripts/checks/examples.js" "$PWD"
sed -n '/^```js$/,/^```$/{/^```/!p}' "$checkout/docs/own-optimiser.md" >lion.mjs
timed metamd check ./lion.mjs
timed metamd engine install
metamd engine info --engine tensorflow

timed metamd engine bundle --output bundle --part-size 60MB --with-node
bare=(env -i HOME="$PWD/home" PATH=/usr/bin:/bin)
if unshare --net true 2>/dev/null; then bare+=(unshare --net); fi
timed "${bare[@]}" sh bundle/install.sh home
"${bare[@]}" home/metamd/bin/metamd engine info --engine tensorflow
