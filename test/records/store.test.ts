import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { formatCurve, readCurve, type CurveRow } from "../../src/records/curve.js";
import { listExperiments, openRunStore } from "../../src/records/store.js";
import { writing } from "../../src/records/writable.js";
import { scratchFolder, userError } from "../support/folder.js";
import type { Plan } from "../../src/records/plan.js";
import { plan, record, runIdOf, trialCell } from "./fixtures.js";

/** Runs something without the rights of root, which may write everywhere. */
function asOrdinaryUser<Result>(act: () => Result): Result {
  if (process.geteuid!() !== 0) return act();
  process.seteuid!(65534);
  try {
    return act();
  } finally {
    process.seteuid!(0);
  }
}

const root = scratchFolder();
let number = 0;
const fresh = () => openRunStore(join(root, String(number++)), "small");

const cell = trialCell(1, "sgd", "rotated-mnist/0", 0);
const CURVE: CurveRow[] = [
  { step: 1, epoch: 0.5, trainLoss: 1 / 3, wallMilliseconds: 1.25 },
  { step: 2, epoch: 1, trainLoss: Infinity, testAccuracy: 0.1, wallMilliseconds: 2 },
  { step: 3, epoch: 1.5, trainLoss: NaN, wallMilliseconds: 3 },
];

describe("run store", () => {
  it("gives a record and a curve back as they were, infinite numbers too", () => {
    const store = fresh();
    const diverged = record(cell, { auc: Infinity, lastTrainLoss: NaN, testAccuracy: 0.1 }, { state: "diverged" });
    expect(store.list()).toEqual([]);
    expect(store.has(cell.id)).toBe(false);
    store.write(diverged, CURVE);
    expect(store.read(cell.id)).toEqual(diverged);
    expect(store.curve(cell.id).map((row) => ({ ...row }))).toEqual(
      CURVE.map((row) => ({ testAccuracy: undefined, ...row })),
    );
    expect(store.has(cell.id)).toBe(true);
    expect(store.list()).toEqual([cell.id]);
  });

  it("never overwrites a finished run, but a failed one", () => {
    const store = fresh();
    store.write(record(cell, {}, { state: "failed", failure: "out of memory" }), []);
    expect(store.has(cell.id)).toBe(false);
    expect(store.list()).toEqual([cell.id]);
    store.write(record(cell, { auc: 1 }), CURVE);
    expect(() => store.write(record(cell, { auc: 2 }), CURVE)).toThrow("finished; its record is never overwritten");
    expect(store.read(cell.id).metrics.auc).toBe(1);
  });

  it("says why a run failed, and sets the failure aside", () => {
    const store = fresh();
    expect(store.failure(cell.id)).toBeUndefined();
    store.write(record(cell, {}, { state: "failed", failure: "out of memory" }), []);
    expect(store.failure(cell.id)).toBe("out of memory");
    store.setAside(cell.id);
    expect([store.failure(cell.id), store.list()]).toEqual([undefined, []]);
    expect(readFileSync(join(store.folder, "runs", cell.id, "failed.json"), "utf8")).toContain("out of memory");
    store.write(record(cell, { auc: 1 }), CURVE);
    expect(store.failure(cell.id)).toBeUndefined();
  });

  it("refuses ids that are no hashes", () => {
    expect(() => fresh().write(record({ ...cell, id: "../x" }, {}), [])).toThrow();
  });

  it("takes a run without record.json for none", () => {
    const store = fresh();
    mkdirSync(store.checkpointFolder(cell.id), { recursive: true });
    expect(store.list()).toEqual([]);
    expect(store.has(cell.id)).toBe(false);
  });

  it("names a damaged record and how to fix it", () => {
    const store = fresh();
    store.write(record(cell, { auc: 1 }), CURVE);
    const path = join(store.folder, "runs", cell.id, "record.json");
    const text = readFileSync(path, "utf8");
    const hint = `\n  hint: delete ${join(store.folder, "runs", cell.id)}, then metamd run with the same config runs it again`;
    const cases: [string, string][] = [
      [text.slice(0, 100), `${path}: not valid JSON: `],
      ["[]", `${path}: no schemaVersion\n  accepted: a run record of schemaVersion 1${hint}`],
      [text.replace('"auc": 1', '"auc": "much"'), `${path}: metrics.auc: `],
      [text.replace('"state": "done"', '"state": "fine"'), `${path}: state: `],
      [
        text.replace(`"id": "${cell.id}"`, `"id": "${runIdOf(2)}"`),
        `${path}: the record of run ${runIdOf(2)}\n  accepted: ${cell.id}${hint}`,
      ],
    ];
    const spread = (): string => (writeFileSync(path, "garbage\n{\n"), userError(() => store.has(cell.id)).message);
    expect(spread().split("\n")).toHaveLength(3);
    for (const [damaged, message] of cases) {
      writeFileSync(path, damaged);
      const error = userError(() => store.has(cell.id));
      expect(error.exitCode).toBe(EXIT.data);
      expect(error.message).toContain(message);
      expect(error.message).toContain(hint);
    }
    writeFileSync(path, text.replace('"schemaVersion": 1', '"schemaVersion": 7'));
    expect(userError(() => store.read(cell.id)).message).toBe(
      `${path}: schemaVersion 7\n  accepted: a run record of schemaVersion 1\n` +
        "  hint: use the version of metamd that wrote it, or another results folder",
    );
  });

  it("completes a plan that left out domains, and only completes it", () => {
    const store = fresh();
    const missing = (...domains: string[]): Pick<Plan, "missing"> => ({
      missing: domains.map((domain) => ({ domain, reason: "not imported" })),
    });
    store.writePlan(plan([], missing("a", "b")));
    const completed = plan([cell], missing("b"));
    store.writePlan(completed);
    expect(store.plan()).toEqual(completed);
    for (const other of [missing("a", "b"), missing("a"), { ...missing(), configHash: "0000000000000001" }])
      expect(() => store.writePlan(plan([cell], other))).toThrow("another plan");
    expect(store.plan()).toEqual(completed);
  });

  it("goes on where the data that are there were moved to another folder", () => {
    const store = fresh();
    const missing = (folder: string): Pick<Plan, "missing"> => ({
      missing: [{ domain: "a", reason: `${folder}/a/raw: not imported` }],
    });
    store.writePlan(plan([cell], missing("/data")));
    const moved = plan([cell], missing("/elsewhere"));
    store.checkPlan(moved);
    store.writePlan(moved);
    expect(store.plan()).toEqual(moved);
  });

  it("writes a plan once", () => {
    const store = fresh();
    expect(store.plan()).toBeUndefined();
    const first = plan([cell], { title: undefined });
    store.writePlan(first);
    store.writePlan(plan([cell]));
    expect(store.plan()).toEqual(plan([cell]));
    const other = plan([], { config: { trials: 5, training: { steps: 9 } }, configHash: "0000000000000001" });
    const error = userError(() => store.writePlan(other));
    expect(error.exitCode).toBe(EXIT.usage);
    expect(error.message).toMatch(
      new RegExp(
        `^${join(store.folder, "plan.json")}: another plan: .*training.steps 9.*\\n  accepted: the folder's: .*training.steps absent\\n` +
          `  hint: undo the change of the config, give it another name, choose another --results folder, or delete`,
      ),
    );
  });

  it("lists the experiments of a folder", () => {
    const results = join(root, "several");
    expect(listExperiments(results)).toEqual([]);
    openRunStore(results, "b").writePlan(plan([]));
    openRunStore(results, "a").writePlan(plan([]));
    mkdirSync(join(results, "reference"));
    expect(listExperiments(results)).toEqual(["a", "b"]);
  });
});

describe("results folder that cannot be written", () => {
  it("a file in its place", () => {
    const store = fresh();
    writeFileSync(join(store.folder, ".."), "");
    const error = userError(() => store.checkWritable());
    expect(error.exitCode).toBe(EXIT.usage);
    expect(error.message).toMatch(
      /^\S+small: cannot be written: (ENOTDIR|EEXIST).*\n {2}accepted: a writable folder\n/,
    );
    expect(error.message).toContain("hint: a file stands where a folder should be: move it away, or --results DIR");
  });

  it("no permission", () => {
    const store = fresh();
    mkdirSync(store.folder, { recursive: true });
    chmodSync(store.folder, 0o500);
    chmodSync(root, 0o755);
    const error = asOrdinaryUser(() => userError(() => store.checkWritable()));
    expect(error.message).toMatch(/EACCES[^]*hint: give yourself write permission there/);
  });

  it.each([
    ["ENOSPC", "free space there, or --results DIR on another disk; finished runs are kept"],
    ["EROFS", "the disk is read-only: --results DIR on another one"],
  ])("%s", (code, hint) => {
    const refuse = (): never => {
      throw Object.assign(new Error(`${code}: refused`), { code });
    };
    expect(userError(() => writing("results", refuse)).message).toBe(
      `results: cannot be written: ${code}: refused\n  accepted: a writable folder\n  hint: ${hint}`,
    );
  });

  it.each<[string, (inside: string) => unknown]>([
    ["read", readdirSync],
    ["written", (inside) => writeFileSync(join(inside, "a"), "")],
    ["renamed", (inside) => renameSync(inside, `${inside}-away`)],
    ["looked at", statSync],
  ])("that has vanished while something in it was %s", (_what, use) => {
    const store = fresh();
    mkdirSync(join(store.folder, "runs"), { recursive: true });
    const act = (): unknown => writing(store.folder, () => use(join(store.folder, "runs", "a")));
    expect(userError(act).message).toMatch(/: cannot be written: ENOENT/);
    rmSync(store.folder, { recursive: true });
    const { exitCode, message } = userError(act);
    expect(exitCode).toBe(EXIT.usage);
    expect(message).toMatch(/^\S+small: the folder has vanished while the program ran\n {2}accepted: .*\n {2}hint: /);
  });

  it("leaves errors of another kind alone", () => {
    const broken = new TypeError("ours");
    expect(() =>
      writing("results", () => {
        throw broken;
      }),
    ).toThrow(broken);
  });
});

describe("curve", () => {
  it("is CSV that keeps every digit", () => {
    expect(formatCurve(CURVE)).toBe(
      "step,epoch,trainLoss,wallMilliseconds,testAccuracy\n1,0.5,0.3333333333333333,1.25,\n2,1,Infinity,2,0.1\n3,1.5,NaN,3,\n",
    );
    expect(formatCurve([])).toBe("\n");
  });

  it("names the line of a wrong number, and a file that is no table", () => {
    const path = join(root, "bad.csv");
    writeFileSync(path, "step,trainLoss\n1,0.5\n2,x\n");
    expect(userError(() => readCurve(path)).message).toContain(
      `${path}: line 3: trainLoss is "x"\n  accepted: a curve`,
    );
    writeFileSync(path, "step,trainLoss\n1\n");
    const short = userError(() => readCurve(path));
    expect(short.exitCode).toBe(EXIT.data);
    expect(short.message).toContain(`${path}: line 2: 1 values for 2 names`);
    expect(userError(() => readCurve(join(root, "absent.csv"))).message).toContain("ENOENT");
  });
});
