import type { ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { isRunning, pidSpace } from "../../src/core/liveness.js";
import { guardOf, TakenOver } from "../../src/records/fence.js";
import { readLeases } from "../../src/records/lease-files.js";
import { openLeases, type Leases } from "../../src/records/leases.js";
import { thisProcess, type Holder } from "../../src/records/holder.js";
import { scratchFolder, userError } from "../support/folder.js";
import { spawnGroup } from "../support/processes.js";
import { until } from "../support/until.js";

const scratch = scratchFolder();
let number = 0;
const fresh = (): string => join(scratch, String(number++));
const open = (folder: string, self?: Holder): Leases => {
  const leases = openLeases(folder, self);
  onTestFinished(() => leases.close());
  return leases;
};
const elsewhere = (token: string): Holder => ({ host: "another-machine", pid: 1, began: "1", token });
const RUN = "0000000000000001";
/** Makes the last sign of life of a process an old one. */
const silence = (folder: string, token: string): void => utimesSync(join(folder, "leases", `beat-${token}`), 0, 0);

/** A process that lives until it is killed, and when it began. */
async function sleeper(): Promise<{ child: ChildProcess; holder: Holder }> {
  const child = spawnGroup("sleep", ["infinity"]);
  await until(() => existsSync(`/proc/${child.pid}/stat`));
  const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8");
  const began = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]!;
  return {
    child,
    holder: { host: hostname(), space: pidSpace(), pid: child.pid!, began, token: `token-${child.pid}` },
  };
}

describe("leases", () => {
  it("give a run to one process until it gives it back", () => {
    const folder = fresh();
    const [one, two] = [open(folder), open(folder)];
    expect([one.take(RUN), one.take(RUN), two.take(RUN)]).toEqual([true, true, false]);
    expect(two.holder(RUN)).toMatchObject({ pid: process.pid, space: pidSpace() });
    one.release(RUN);
    expect(two.holder(RUN)).toBeUndefined();
    expect([two.take(RUN), one.take(RUN)]).toEqual([true, false]);
    two.close();
    expect(one.take(RUN)).toBe(true);
    one.close();
    expect(readdirSync(join(folder, "leases"))).toEqual([]);
  });

  it("leave nothing of takers that died before they had one, or while they gave it back", async () => {
    const folder = fresh();
    const { child, holder } = await sleeper();
    const mine = open(folder);
    mine.take(RUN);
    const own = join(folder, "leases", RUN, `new-${holder.token}-12345678`);
    writeFileSync(own, JSON.stringify(holder));
    child.kill("SIGKILL");
    await until(() => !isRunning(holder));
    mine.release(RUN);
    expect(existsSync(own)).toBe(false);
    expect(mine.stands(RUN)).toBe(false);
    mkdirSync(join(folder, "leases", RUN));
    expect(mine.stands(RUN)).toBe(true);
    mine.take(RUN);
    mine.release(RUN);
    expect(mine.stands(RUN)).toBe(false);
  });

  it("leave nothing of a taker that died with its lease still empty", async () => {
    const folder = fresh();
    const { child, holder: sleeping } = await sleeper();
    const holder = { ...sleeping, token: randomUUID() };
    open(folder, holder).take("0000000000000002");
    const mine = open(folder);
    mine.take(RUN);
    const own = join(folder, "leases", RUN, `new-${holder.token}-12345678`);
    writeFileSync(own, "");
    mine.release(RUN);
    expect(existsSync(own)).toBe(true);
    child.kill("SIGKILL");
    await until(() => !isRunning(holder));
    mine.take(RUN);
    mine.release(RUN);
    expect(mine.stands(RUN)).toBe(false);
  });

  it("of a killed process are free at once, those of a living one while it gives signs of life", async () => {
    const folder = fresh();
    const { child, holder } = await sleeper();
    open(folder, holder).take(RUN);
    const mine = open(folder);
    expect(mine.take(RUN)).toBe(false);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    expect(mine.take(RUN)).toBe(true);
  });

  it("of a process that stands still, though it lives, are free after a while, and it is to blame for nothing", async () => {
    const folder = fresh();
    const { holder } = await sleeper();
    open(folder, holder).take(RUN);
    const mine = open(folder);
    silence(folder, holder.token);
    expect(mine.take(RUN)).toBe(true);
    expect(mine.dead(RUN)).toEqual([]);
  });

  it.each([
    ["container with the host's name", { space: `${pidSpace()}0` }],
    ["start of the machine", { space: "another-start pid:[4026531836]" }],
    ["earlier version, which did not say,", { space: undefined }],
    ["machine that does not say", { space: "" }],
  ])("of a process of another %s are judged by signs of life, not by pids", (_name, other) => {
    const folder = fresh();
    const theirs: Holder = { ...thisProcess(), pid: 2 ** 30, ...other, token: "theirs" };
    open(folder, theirs).take(RUN);
    const mine = open(folder);
    expect([mine.take(RUN), readLeases(folder)[0]!.alive]).toEqual([false, true]);
    silence(folder, "theirs");
    expect([mine.take(RUN), mine.dead(RUN).length]).toEqual([true, 1]);
  });

  it("of a process whose number another has now are free", async () => {
    const folder = fresh();
    const { holder } = await sleeper();
    open(folder, { ...holder, began: "1" }).take(RUN);
    expect(open(folder).take(RUN)).toBe(true);
  });

  it("of another machine hold while it gives signs of life, whatever the clocks say", () => {
    const folder = fresh();
    open(folder, elsewhere("there")).take(RUN);
    const mine = open(folder);
    const beat = join(folder, "leases", "beat-there");
    const seconds = (ago: number): void => utimesSync(beat, Date.now() / 1000 - ago, Date.now() / 1000 - ago);
    seconds(60);
    expect(mine.take(RUN)).toBe(false);
    seconds(-3600); // a clock set back
    expect(mine.take(RUN)).toBe(false);
    seconds(120);
    expect(mine.holder(RUN)).toBeUndefined();
    expect(mine.take(RUN)).toBe(true);
  });

  it("of a dead process go to one of many takers", () => {
    const folder = fresh();
    open(folder, elsewhere("dead")).take(RUN);
    utimesSync(join(folder, "leases", "beat-dead"), 0, 0);
    const takers = Array.from({ length: 20 }, (_unused, i) =>
      open(folder, { ...elsewhere(`taker-${i}`), host: `machine-${i}` }),
    );
    expect(takers.filter((taker) => taker.take(RUN))).toHaveLength(1);
  });

  it("that are unreadable are free", () => {
    const folder = fresh();
    mkdirSync(join(folder, "leases", RUN), { recursive: true });
    writeFileSync(join(folder, "leases", RUN, "3.json"), "{");
    const mine = open(folder);
    expect(mine.take(RUN)).toBe(true);
    expect(readdirSync(join(folder, "leases", RUN)).sort()).toEqual(["3.json", "4.json"]);
  });

  it("keep who died with a run until it is given back", () => {
    const folder = fresh();
    for (const token of ["one", "two"]) {
      open(folder, elsewhere(token)).take(RUN);
      utimesSync(join(folder, "leases", `beat-${token}`), 0, 0);
    }
    const mine = open(folder);
    expect(mine.dead(RUN)).toEqual([]);
    mine.take(RUN);
    expect(mine.dead(RUN).map(({ token }) => token)).toEqual(["one", "two"]);
    mine.release(RUN);
    mine.take(RUN);
    expect(mine.dead(RUN)).toEqual([]);
  });

  it("say whose run was computed and only had to be written, and nothing stays of that", () => {
    const folder = fresh();
    for (const token of ["one", "two", "three"]) {
      const leases = open(folder, elsewhere(token));
      leases.take(RUN);
      if (token !== "two") leases.computed(RUN);
      utimesSync(join(folder, "leases", `beat-${token}`), 0, 0);
    }
    const mine = open(folder);
    mine.take(RUN);
    expect(mine.dead(RUN).map(({ wasComputed }) => wasComputed)).toEqual([true, false, true]);
    mine.computed(RUN);
    expect(readLeases(folder)).toMatchObject([{ id: RUN, alive: true }]);
    mine.release(RUN);
    expect([mine.stands(RUN), readdirSync(join(folder, "leases")).includes(RUN)]).toEqual([false, false]);
  });

  it("of a run that another took over and gave back: what a late holder notes goes with it", () => {
    const folder = fresh();
    const slow = open(folder, elsewhere("slow"));
    slow.take(RUN);
    silence(folder, "slow");
    const mine = open(folder);
    mine.take(RUN);
    slow.computed(RUN);
    mine.release(RUN);
    slow.computed(RUN); // its folder is gone
    slow.release(RUN);
    expect(mine.stands(RUN)).toBe(false);
  });

  it("that the disk refuses leave no folder behind", () => {
    // Paths so long that a lease's own file has none.
    let folder = fresh();
    while (folder.length < 4020) folder = join(folder, "d".repeat(Math.min(200, 4030 - folder.length - 1)));
    mkdirSync(folder, { recursive: true });
    const mine = open(folder);
    expect(() => mine.take(RUN)).toThrow("ENAMETOOLONG");
    expect(mine.stands(RUN)).toBe(false);
  });

  it("are read without writing: who has what since when, and whether it lives", async () => {
    const folder = fresh();
    expect(readLeases(folder)).toEqual([]);
    const { child, holder } = await sleeper();
    const job = { ...holder, job: "17_3" };
    const begun = Date.now();
    open(folder, job).take(RUN);
    open(folder, elsewhere("there")).take("0000000000000002");
    open(folder, elsewhere("silent")).take("0000000000000003");
    utimesSync(join(folder, "leases", "beat-silent"), 0, 0);
    const before = readdirSync(join(folder, "leases")).sort();
    const read = (): unknown[] =>
      readLeases(folder).map(({ id, alive, holder: { token } }) => [id.at(-1), token, alive]);
    expect(read().sort()).toEqual([
      ["1", holder.token, true],
      ["2", "there", true],
      ["3", "silent", false],
    ]);
    const [first] = readLeases(folder);
    expect(first!.holder).toEqual(job);
    // The clock of a file system may lag a little.
    expect(first!.since).toBeGreaterThan(begun - 1000);
    expect(first!.since).toBeLessThanOrEqual(Date.now());
    expect(readdirSync(join(folder, "leases")).sort()).toEqual(before);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    expect(read()).toContainEqual(["1", holder.token, false]);
  });

  it("of this process name the Slurm task that it is part of", () => {
    vi.stubEnv("SLURM_JOB_ID", "20");
    expect(thisProcess()).toMatchObject({ pid: process.pid, host: hostname(), runs: 1, job: "20" });
    vi.stubEnv("SLURM_ARRAY_JOB_ID", "17");
    vi.stubEnv("SLURM_ARRAY_TASK_ID", "0");
    expect(thisProcess(4)).toMatchObject({ runs: 4, job: "17_0" });
    vi.unstubAllEnvs();
    expect(thisProcess().job).toBeUndefined();
  });

  it("of earlier versions, in another folder, hold while their processes live and are removed after", async () => {
    const folder = fresh();
    const [ours, theirs] = [join(folder, "leases"), join(folder, "claims")];
    const { host, pid, began, token } = (await sleeper()).holder;
    const holder = { host, pid, began, token };
    const first = open(folder, holder);
    first.take(RUN);
    cpSync(ours, theirs, { recursive: true });
    rmSync(ours, { recursive: true });
    const mine = open(folder);
    expect([mine.stands(RUN), mine.take(RUN), mine.holder(RUN)]).toEqual([true, false, holder]);
    expect(readLeases(folder)).toMatchObject([{ id: RUN, holder, alive: true }]);
    utimesSync(join(theirs, `beat-${holder.token}`), Date.now() / 1000 - 120, Date.now() / 1000 - 120);
    expect(readLeases(folder)).toMatchObject([{ id: RUN, holder, alive: false }]);
    expect(mine.take(RUN)).toBe(true);
    expect([mine.dead(RUN), readdirSync(theirs)]).toEqual([[], [`beat-${holder.token}`]]);
    mine.close();
    expect(existsSync(theirs)).toBe(true);
    utimesSync(join(theirs, `beat-${holder.token}`), 0, 0);
    const next = open(folder);
    next.take(RUN);
    next.close();
    expect(existsSync(theirs)).toBe(false);
  });

  it("that were taken over are noticed by their fence; giving them back leaves the new holder's alone", () => {
    const folder = fresh();
    const slow = open(folder, elsewhere("slow"));
    slow.take(RUN);
    const fence = slow.fence(RUN);
    guardOf(fence)();
    silence(folder, "slow");
    const mine = open(folder);
    expect(mine.take(RUN)).toBe(true);
    expect(guardOf(fence)).toThrow(TakenOver);
    guardOf(mine.fence(RUN))();
    slow.release(RUN);
    guardOf(mine.fence(RUN))();
    expect(mine.dead(RUN)).toEqual([]); // it lives, so it is to blame for nothing
    expect(slow.take(RUN)).toBe(false);
  });

  it("in a folder that vanished end in a message, not in a new folder", () => {
    const folder = fresh();
    const mine = open(folder);
    mine.take(RUN);
    rmSync(folder, { recursive: true });
    expect(userError(guardOf(mine.fence(RUN))).message).toMatch(/has vanished while the program ran/);
    expect(userError(() => mine.take("0000000000000002")).message).toMatch(/has vanished while the program ran/);
    mine.close();
    expect(existsSync(folder)).toBe(false);
  });

  it("cannot be judged where the disk cannot be read, and are free to nobody then", () => {
    const folder = fresh();
    open(folder, elsewhere("there")).take(RUN);
    rmSync(join(folder, "leases", RUN, "1.json"));
    symlinkSync("1.json", join(folder, "leases", RUN, "1.json")); // ELOOP
    expect(userError(() => open(folder).take(RUN)).message).toMatch(/cannot be written: ELOOP/);
  });

  it("leave no signs of life of processes that died long ago", () => {
    const folder = fresh();
    open(folder, elsewhere("old")).take(RUN);
    const mine = open(folder);
    mine.take("0000000000000002");
    utimesSync(join(folder, "leases", "beat-old"), Date.now() / 1000 - 7200, Date.now() / 1000 - 7200);
    mine.close();
    expect(readdirSync(join(folder, "leases"))).toEqual([RUN]);
  });

  it("leave no signs of life of a process of this machine that was killed; others stay", async () => {
    const folder = fresh();
    const [killed, living] = [await sleeper(), await sleeper()];
    for (const holder of [killed.holder, living.holder, elsewhere("there")]) open(folder, holder).take(RUN);
    const names = (): string[] => readdirSync(join(folder, "leases")).filter((name) => name.startsWith("beat-"));
    expect(names()).toHaveLength(3);
    killed.child.kill("SIGKILL");
    await until(() => !isRunning(killed.holder));
    const mine = open(folder);
    mine.take("0000000000000002");
    mine.close();
    expect(names().sort()).toEqual([`beat-${living.holder.token}`, "beat-there"].sort());
  });
});
