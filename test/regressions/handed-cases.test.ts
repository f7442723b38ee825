import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { scratchFolder } from "../support/folder.js";
import { spawnGroup, tool } from "../support/processes.js";
import { missing, realData } from "../support/require.js";
import { startSlurm } from "../support/slurm.js";
import { until } from "../support/until.js";

// The scripts of others that once showed faults, as they are, against the built program: what they print is what their notes
// call right. A bare name stands for a config or a program that the script's notes say how to run.

/** Folders that scripts name and that have another name today, and a time in which a slow machine only begins. */
const REPLACED: readonly (readonly [string, string])[] = [
  ["*claims*", "*leases*"],
  ["timeout -s INT 12 ", "timeout -s INT 120 "],
];
const NOBODY = 65534;

interface Case {
  /** What the notes say to do where the file is no script. */
  readonly run?: string;
  /** What comes before, as shell lines. */
  readonly before?: string;
  /** As a user without rights. */
  readonly unprivileged?: true;
  readonly slurm?: true;
  /** In a pid namespace: it signals a process that has ended, whose number another may have by then. */
  readonly ownPids?: true;
  /** What its pauses wait for beside their time, one after the other: shell conditions. A slow machine needs longer. */
  readonly pauses?: readonly string[];
  /** What it must print. */
  readonly says?: readonly RegExp[];
  readonly never?: readonly RegExp[];
  check?(said: string, at: string): void;
}

const IMAGES = "$PYTHON make-images.py sets && mkdir -p data && cp manifest.yaml data/";
/** The config that a script writes for itself, for those that come after it. */
const configOf = (script: string): string => `sed -n '/^cat >/,/^Y$/p' ${script} > config.sh && bash config.sh`;
const ONE = configOf("hand-k2-three-containers-one-hostname.sh");
const weights = (name: string, seed: number): string =>
  `metamd run --config rn.yaml --seed ${seed} --results of-${name} --quiet >/dev/null 2>&1 && ` +
  `cp "$(ls of-${name}/rn/runs/*/weights.safetensors | head -n 1)" ${name}.safetensors`;
const exits =
  (...codes: number[]) =>
  (said: string): void =>
    expect([...said.matchAll(/^(?:exit|rc) (\d+)/gm)].map(([, code]) => Number(code))).toEqual(codes);
const hashes = (said: string, pattern: RegExp): Set<string> => new Set(said.match(pattern));
interface Finished {
  readonly state: string;
  readonly pretrained?: { readonly sha256: string };
}
const recordsIn = (folder: string): Finished[] =>
  readdirSync(join(folder, "runs")).flatMap((id) => {
    const path = join(folder, "runs", id, "record.json");
    return existsSync(path) ? [JSON.parse(readFileSync(path, "utf8")) as Finished] : [];
  });

/** A run is taken. */
const taken = (results: string): string => `[ -n "$(find ${results} -path "*leases*" -name "*.json" 2>/dev/null)" ]`;
/** In the results of `rel_two_pid_namespaces.sh`. */
const TAKEN = taken("r");

const CASES: Readonly<Record<string, Case>> = {
  "hand-k1-config-edited-while-it-runs.sh": {
    says: [/5 runs done .* 0 failed/],
    never: [/"steps": 70/],
    check: (said) => expect(hashes(said, /"configHash": "\w+"/g).size).toBe(1),
  },
  "hand-k1-config-moved-while-it-runs.sh": {
    before: configOf("hand-k1-config-edited-while-it-runs.sh"),
    check: exits(0),
  },
  "hand-k1-weights-replaced-while-it-runs.sh": {
    before: `${weights("w", 0)} && ${weights("other", 5)}`,
    pauses: ["ls res/sw/runs/*/record.json >/dev/null 2>&1"],
    check(said, at) {
      const [given] = /^\w{64}(?= {2}w\.safetensors)/m.exec(said)!;
      for (const { pretrained } of recordsIn(join(at, "res", "sw"))) expect(pretrained!.sha256).toBe(given);
    },
  },
  "hand-k2-three-containers-one-hostname.sh": {
    never: [/every process that ran it died/, /^\w+ +1 .* [1-9]\d* +\d+$/m],
    check(said) {
      expect(said.match(/^\d: exit \d+$/gm)).toEqual(["1: exit 0", "2: exit 0", "3: exit 0"]);
      expect([...said.matchAll(/^(\d+) runs done/gm)].reduce((sum, [, done]) => sum + Number(done), 0)).toBe(2);
    },
  },
  "hand-k3-results-read-only-for-a-moment.sh": {
    before: ONE,
    says: [/cannot be written|of disk space left/],
    check: exits(2),
  },
  "hand-k4-tmpdir-that-is-not-there.sh": {
    says: [/temporary folder \/nowhere\/tmp/, /^all +2 +0 +0 +0 +2 +0 +0$/m],
    check: exits(4),
  },
  "hand-k5-broken-by-the-last-step.yaml": {
    before: `${IMAGES} && metamd data import imb sets/imb --data data`,
    run: "for s in 2 3; do metamd run --config $CASE --data data --seed $s --results r$s; done",
    check(_said, at) {
      for (const seed of [2, 3]) {
        const table = readFileSync(join(at, `r${seed}`, "imb", "tuning.csv"), "utf8");
        expect(table).toMatch(/^sgd,imb,1,,1e\+38,.*,Infinity,1,.*,0,,,,\d+$/m);
        expect(
          recordsIn(join(at, `r${seed}`, "imb"))
            .map(({ state }) => state)
            .sort(),
        ).toEqual(["diverged", "done", "done"]);
      }
    },
  },
  "hand-k5-nan-behind-relu.yaml": {
    before: 'metamd data import mnist "$DATA/MNIST" --data data',
    run: "for e in wasm tensorflow; do metamd run --config $CASE --data data --engine $e --results $e; done",
    check(_said, at) {
      for (const engine of ["wasm", "tensorflow"])
        expect(
          recordsIn(join(at, engine, "cen")).map(({ state }) => state),
          engine,
        ).toEqual(["diverged", "diverged"]);
    },
  },
  "hand-k5-relu-of-nan.mjs": {
    run: 'cd "$P" && node "$AT/$CASE"',
    says: [/^wasm NaN NaN$/m, /^tensorflow NaN NaN$/m, /^reference NaN NaN$/m],
  },
  "hand-k6-messages-to-head.sh": { says: [/^tune +3 +3 /m], check: exits(0) },
  "hand-k6-table-to-a-full-disk.sh": { says: [/stdout: .*cannot be written: ENOSPC/], check: exits(2) },
  "hand-k6-terminal-closed.sh": {
    before: ONE,
    says: [/stopping after a checkpoint/, /run the same command again to go on/],
    check: exits(130),
  },
  "hand-k7-title-mended.sh": { says: [/0 runs done .*, 2 were done before/], check: exits(0) },
  "hand-k7-weights-file-moved.sh": {
    before: weights("w", 0),
    says: [/0 runs done .*, 2 were done before/],
    check: exits(0),
  },
  "hand-k8-onednn-off-in-the-environment.sh": {
    says: [/engines look the same/],
    // A tuning run and a trial of each.
    check(said) {
      const [first, ...others] = [0, 2, 4].map((at) => said.match(/"auc": [\d.]+/g)!.slice(at, at + 2));
      for (const other of others) expect(other).toEqual(first);
    },
  },
  "hand-k9-empty-xdg-folders.sh": {
    slurm: true,
    says: [/engine +tensorflow/],
    never: [/^ *metamd\/engine/m, /partition/],
  },
  "hand-k10-six-images-a-class.yaml": {
    before: `${IMAGES} && metamd data import six sets/six --data data`,
    run: "metamd plan --config $CASE --data data && metamd run --config $CASE --data data --results res; echo exit $?",
    says: [/2 runs done \(0 diverged\).* 0 failed/],
    check: exits(0),
  },
  "hand-k11-folder-with-a-hash-sign.sh": {
    slurm: true,
    says: [/^\d+_0\.log$/m, /exp: No such file/],
    check: exits(0, 0),
  },
  "hand-k12-files-that-may-not-be-read.sh": {
    unprivileged: true,
    before: `${IMAGES}`,
    says: [/base\.yaml: cannot be read: EACCES/, /manifest\.yaml: cannot be read: EACCES/, /000\.png: .*EACCES/],
    check: exits(2, 3, 2, 3, 2),
  },
  "hand-k13-name-that-is-no-utf8.sh": {
    before: IMAGES,
    says: [/caf\\xe9\.png: a name that is not UTF-8/],
    check: exits(3),
  },
  "hand-k14-classes-as-a-mac-writes-them.sh": { before: IMAGES, says: [/nfd: ready/], check: exits(0) },
  "hand-k15-manifest-with-digits-as-classes.yaml": {
    before: `${IMAGES} && cp hand-k15-manifest-with-digits-as-classes.yaml data/manifest.yaml`,
    run: "metamd data import digits sets/digits --data data; echo exit $?",
    says: [/digits: ready, 30 files copied/],
    check: exits(0),
  },
  "hand-k16-set-with-a-hash-sign.sh": { says: [/"title": "exp #2"/, /model\.pretrained my w #1\.safetensors: /] },
  "hand-k18-inflated-mnist.sh": {
    before: 'ln -s "$DATA"/MNIST mnist-gz',
    says: [/mnist: ready, 4 files stored/],
    check: exits(0),
  },
  "hand-k19-utf16.yaml": {
    run: "metamd plan --config $CASE; echo exit $?",
    says: [/a text in UTF-16/],
    check: exits(2),
  },
  "hand-k20-seed-too-large.yaml": {
    run: "metamd plan --config $CASE; echo exit $?",
    says: [/seed: given 12345678901234567890\n.*accepted: .*9007199254740991/],
    check: exits(2),
  },
  "hand-k21-config-from-a-pipe.sh": { says: [/^tune +1 +0 +9 /m] },
  "hand-k22-yes.yaml": {
    run: "metamd plan --config $CASE; echo exit $?",
    says: [/--set keepWeights=true/],
    check: exits(2),
  },
  "hand-k23-status-with-another-clock.sh": {
    before: ONE,
    pauses: [taken("res")],
    says: [/^all +2 +0 +0 +1 +1 +0 +0$/m],
  },
  "hand-k24-slurm-memory.yaml": {
    slurm: true,
    run: "metamd run --config base.yaml --results res --executor slurm --slurm $CASE --detach; grep mem= res/t/slurm/1.sh",
    says: [/^#SBATCH --mem=16000$/m],
  },
  "hand-k25-cifar-of-the-python-version.sh": {
    says: [/cifar10: no image in what was given/, /usps\.bz2: sha256 .*\n.*accepted: sha256 /],
    check: exits(3),
  },
  "rel_beat_readonly.sh": {
    says: [/^rc (137|2)$/m],
    never: [/Node\.js v/],
    // On a fast machine the run is done before its disk can be written again.
    check: (said) => expect(said).toMatch(/^rc 2$/m.test(said) ? /cannot be written/ : /^alive$/m),
  },
  "rel_empty_validation.sh": { says: [/own-x: ready/], check: exits(0) },
  "rel_escape_sequences.sh": { says: [/^0$/m] },
  "rel_figure_full_disk.sh": { says: [/cannot be written: ENOSPC/, /hint: free space/], check: exits(2) },
  "rel_learned_nan.sh": { says: [/optimiser\.safetensors: not what was written/], check: exits(3) },
  "rel_link_eexist.sh": { says: [/5 runs done/], check: exits(0) },
  "rel_lock_pid1.sh": { says: [/^B 3$/m, /^A 0$/m, /mnist: in use by process 1 /] },
  "rel_messages_closed.sh": { says: [/^rc 0, 3 of 3 runs$/m] },
  "rel_no_upper_bound.sh": { says: [/trials: given 2000000\n.*at most /], check: exits(2) },
  "rel_npm_tarball.sh": { says: [/^rc 0$/m, /with --ignore-scripts: rc 0/] },
  "rel_self_alias.yaml": { run: "metamd plan --config $CASE; echo rc $?", check: exits(2) },
  "rel_set_alias.sh": { check: exits(2, 2) },
  "rel_stdout_full.sh": { says: [/stdout: .*ENOSPC/], check: exits(2, 2) },
  "rel_two_pid_namespaces.sh": {
    pauses: [TAKEN, `${TAKEN} || [ -s err2 ]`],
    check(said) {
      expect(said.match(/leases\/\w+\/\d+\.json$/gm)?.every((path) => path.endsWith("/1.json"))).toBe(true);
      expect([...said.matchAll(/(\d+) runs done/g)].reduce((sum, [, done]) => sum + Number(done), 0)).toBe(2);
    },
  },
  "rel_working_folder_deleted.sh": { ownPids: true, says: [/vanished/, /^gone$/m], never: [/still there/] },
};
/** Beside the scripts: what they take. */
const PARTS = [
  "base.yaml",
  "k8.yaml",
  "manifest.yaml",
  "rn.yaml",
  "rel_long.yaml",
  "rel_smoke.yaml",
  "rel_hostile_title.yaml",
  "rel_fault.mjs",
  "rel_link.mjs",
];

function handedCases(): string | undefined {
  const path = resolve(packageRoot(), process.env.METAMD_TEST_CASES ?? "../shared/cases");
  if (!existsSync(path)) return missing(`handed cases (looked in ${path}; set METAMD_TEST_CASES)`);
  if (process.getuid!() === 0 && tool("unshare", ["--mount", "--pid", "--fork", "true"]).status === 0) return path;
  return missing("namespaces for the handed cases: unshare needs root");
}
const handed = handedCases();
const folder = scratchFolder();

describe.skipIf(handed === undefined)("handed cases", () => {
  const data = realData("MNIST");
  const slurm = startSlurm();
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const program = join(packageRoot(), "dist", "bin", "metamd.js");
  writeFileSync(join(bin, "metamd"), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`, { mode: 0o755 });
  symlinkSync(process.execPath, join(bin, "node"));

  /** Makes a `sleep` that also waits for what should have come by then. @returns its folder. */
  function pausing(at: string, conditions: readonly string[]): string {
    const tools = join(at, "tools");
    mkdirSync(tools);
    const waits = conditions.map((holds, i) => `${i + 1}) until ${holds}; do command -p sleep 0.1; done ;;`);
    const count = 'echo >>"$AT/pauses"\ncase $(wc -l <"$AT/pauses") in';
    const text = ["#!/bin/sh", 'command -p sleep "$@"', count, ...waits, "esac"].join("\n");
    writeFileSync(join(tools, "sleep"), `${text}\n`, { mode: 0o755 });
    return tools;
  }

  /** Runs a case in a folder of its own, with all files of the cases. @returns what it printed, and the folder. */
  async function ran(
    name: string,
    { run, before, unprivileged, slurm: onSlurm, ownPids, pauses }: Case,
  ): Promise<{ said: string; at: string }> {
    const at = mkdtempSync(join(folder, "case-"));
    cpSync(handed!, at, { recursive: true });
    for (const file of readdirSync(at).filter((one) => one.endsWith(".sh")))
      writeFileSync(
        join(at, file),
        REPLACED.reduce((text, [old, now]) => text.replaceAll(old, now), readFileSync(join(at, file), "utf8")),
      );
    mkdirSync(join(at, "tmp"));
    const body = run ?? `bash ./${name}`;
    writeFileSync(join(at, "case.sh"), `set -e\n${before ?? ""}\nset +e\n${body}\n`);
    if (unprivileged) {
      tool("chmod", ["a+rx", folder]);
      for (const file of [".", ...readdirSync(at, { recursive: true, encoding: "utf8" })])
        chownSync(join(at, file), NOBODY, NOBODY);
    }
    const env = {
      ...process.env,
      ...(onSlurm && slurm!.env),
      PATH: [...(pauses ? [pausing(at, pauses)] : []), bin, process.env.PATH].join(delimiter),
      AT: at,
      CASE: name,
      M: join(bin, "metamd"),
      P: packageRoot(),
      D: data,
      DATA: resolve(data!, ".."),
      PYTHON: process.env.METAMD_TEST_PYTHON ?? "python3",
      TMPDIR: join(at, "tmp"),
      ...(unprivileged && { HOME: at }),
    };
    const user = unprivileged ? ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"] : [];
    // What a script mounts goes with it.
    const spaces = ["--mount", ...(ownPids ? ["--pid", "--fork", "--mount-proc"] : [])];
    const child = spawnGroup("unshare", [...spaces, ...user, "bash", "case.sh"], {
      cwd: at,
      env,
    });
    child.stdin.end();
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (said += text));
    let over = false;
    child.on("close", () => (over = true));
    await until(
      () => over,
      () => said,
    );
    return { said, at };
  }

  test("all of them are here", () => {
    const found = readdirSync(handed!).filter((name) => /^(hand-|rel_)/.test(name) && !PARTS.includes(name));
    expect(Object.keys(CASES).sort()).toEqual(found.sort());
  });

  test.each(Object.entries(CASES))("%s", async (name, held) => {
    const { said, at } = await ran(name, held);
    for (const text of held.says ?? []) expect(said).toMatch(text);
    for (const text of [/bug in metamd/, /^ +at .*\(?node:/m, ...(held.never ?? [])]) expect(said).not.toMatch(text);
    held.check?.(said, at);
  });
});
