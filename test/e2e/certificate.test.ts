import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { metamd } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";
import { drill } from "../support/require.js";

const configs = join(packageRoot(), "configs");
const certificate = ["analyse", "certificate", "--config", join(configs, "certificate.yaml"), "--preset", "smoke"];

drill("from nothing to a certificate", async () => {
  const folder = scratchFolder();
  const early = await metamd(folder, ...certificate, "--part", "A");
  expect(early.code).toBe(2);
  expect(early.stderr).toContain("no preconditioner was learned for top, bottom");
  expect(early.stderr).toContain("hint: metamd quadratic --config configs/quadratic.yaml --preset smoke first");
  const learned = await metamd(folder, "quadratic", "--config", join(configs, "quadratic.yaml"), "--preset", "smoke");
  expect(learned.code).toBe(0);

  const { code, stdout, stderr } = await metamd(folder, ...certificate, "--engine", "wasm");
  expect(stderr).toContain("part C: no meta-training of MetaMD in results; metamd run --config FILE makes one");
  expect(stderr).toContain("2 parts done, 0 were done before; written: results/certificate-smoke/certificate.csv");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^part +setting +M +n +T +eta +C +r +delta +mean_B +lhs +bound_printed +bound_corrected +/);
  expect(stdout).toMatch(/\nA +bottom +learned +8 +100 .* hold +2\n/);
  expect(stdout).toMatch(
    /\nB +softmax regression, synthetic-rotated\/30 +learned .* violated: tasks not drawn independently +2\n/,
  );
  expect(existsSync(join(folder, "results", "certificate-smoke", "certificate.csv"))).toBe(true);

  const again = await metamd(folder, ...certificate, "--json", "--quiet");
  expect(again.stderr).toBe("");
  const { records } = JSON.parse(again.stdout) as { records: { part: string; rows: object[] }[] };
  expect(records.map(({ part, rows }) => [part, rows.length])).toEqual([
    ["A", 4],
    ["B", 2],
  ]);
});

drill("missing images end it with 3 before anything is computed", async () => {
  const { code, stderr } = await metamd(
    scratchFolder(),
    ...[...certificate, "--part", "B", "--set", "softmax.novel=rotated-mnist/75"],
  );
  expect(code).toBe(3);
  expect(stderr).toContain("metamd data fetch mnist");
});
