import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { batchScript } from "../../src/runs/slurm/script.js";
import { start } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { drill, everything } from "../support/require.js";
import { startSlurm } from "../support/slurm.js";
import { SMALL_CONFIG } from "../support/small-config.js";

const NAMES = [
  "exp#2",
  "o'neill",
  'a "b"',
  "a b #c",
  "50%",
  "%j",
  "back\\slash",
  "tab\there",
  "two\nlines",
  "$HOME `x`",
  "ü;&|",
];

/** How sbatch reads an option of a script: quotes, backslashes, comments. */
function read(line: string): string {
  let [value, quote] = ["", ""];
  for (let i = 0; i < line.length; i++) {
    const sign = line[i]!;
    if (sign === "\\") value += line[++i]!;
    else if (quote !== "") [quote, value] = sign === quote ? ["", value] : [quote, value + sign];
    else if (sign === '"' || sign === "'") quote = sign;
    else if (sign === "#" || /\s/.test(sign)) break;
    else value += sign;
  }
  expect(quote, "unmatched").toBe("");
  return value;
}

test.each(NAMES)("the logs of a folder called %j go into it", (name) => {
  const logs = `/shared/${name}/slurm`;
  const script = batchScript(
    { stopSeconds: 90, setup: [], extra: [] },
    { experiment: "x", tasks: 1, logs, workFolder: "/", shared: "/s", node: "/n", command: ["/c"] },
  );
  const [, given] = /^#SBATCH (--output=.*)$/m.exec(script)!;
  const output = read(given!).replace("--output=", "");
  const path = output.replaceAll("%%", "\0").replace("%A_%a", "17_0").replaceAll("\0", "%");
  if (!/[\\\n]/.test(name)) return expect(path).toBe(`${logs}/17_0.log`);
  // Slurm can't name such a folder: the script writes into it by itself.
  expect(path).toBe("/dev/null");
  expect(script).toContain(`exec >>'${logs}'/"$task.log" 2>&1\n`);
});

const slurm = everything ? startSlurm() : undefined;
const HARDEST = ["two\nlines", "exp#2", "o'neill", 'a "b"', "back\\slash"];
describe.skipIf(slurm === undefined)("with a Slurm of this machine", () => {
  const folder = scratchFolder();
  drill("runs end and logs lie in folders of every name", async () => {
    for (const name of HARDEST) {
      const at = join(folder, name);
      mkdirSync(at);
      // A folder whose name is the beginning of another's must not get its logs.
      mkdirSync(join(folder, "exp"), { recursive: true });
      writeFileSync(join(at, "small.yaml"), SMALL_CONFIG);
      const args = ["run", "--config", "small.yaml", "--executor", "slurm", "--tasks", "1", "--engine", "wasm"];
      const { code, stderr } = await start(at, args, slurm!.env).ended;
      expect(code, `${name}: ${stderr}`).toBe(0);
      const logs = readdirSync(join(at, "results", "t", "slurm")).filter((file) => file.endsWith(".log"));
      expect(logs, name).toHaveLength(1);
    }
    expect(readdirSync(join(folder, "exp"))).toEqual([]);
  });
});
