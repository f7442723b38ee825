import type { CpuInfo } from "node:os";
import { expect, test, vi } from "vitest";

const { now, machine } = vi.hoisted(() => ({
  now: { at: 0 },
  machine: { processors: [] as CpuInfo[], allowed: "0-1", endedTicks: [0, 0] },
}));
vi.mock("node:os", () => ({ cpus: () => machine.processors }));
const files: Readonly<Record<string, () => string>> = {
  "/proc/self/status": () => `Name:\tnode\nCpus_allowed_list:\t${machine.allowed}\n`,
  "/proc/self/stat": () =>
    `7 (a) R 1 (b)) S 1 7 7 34816 7 4194304 900 90 1 0 333 444 ${machine.endedTicks.join(" ")} 20 0 11 0 555 666 777`,
};
vi.mock("node:fs", () => ({ readFileSync: (path: string) => files[path]!() }));
vi.mock("../../src/core/clock.js", () => ({ milliseconds: () => now.at }));
const { watchOthers } = await import("../../src/core/processor.js");

const busy = (milliseconds: number): CpuInfo => ({
  model: "",
  speed: 0,
  times: { user: milliseconds / 2, nice: milliseconds / 4, sys: milliseconds / 8, irq: milliseconds / 8, idle: 9e9 },
});

/** @param processors busy milliseconds of each. @param own processor milliseconds of this process. @param ended those of
 *  processes that it had started. */
function after(elapsed: number, processors: readonly number[], own: number, allowed = "0-1", ended = 0): number {
  machine.allowed = allowed;
  machine.endedTicks = [20, 3];
  machine.processors = processors.map(() => busy(1000));
  const usage = vi.spyOn(process, "cpuUsage").mockReturnValue({ user: 3e5, system: 1e5 });
  now.at = 50;
  const byOthers = watchOthers();
  machine.processors = processors.map((milliseconds) => busy(1000 + milliseconds));
  usage.mockReturnValue({ user: 3e5 + 600 * own, system: 1e5 + 400 * own });
  machine.endedTicks = [20 + ended / 20, 3 + ended / 20];
  now.at += elapsed;
  return byOthers();
}

test.each([
  ["nobody", 1000, [0, 0], 0, "0-1", 0],
  ["this process alone, with several threads", 1000, [900, 1000], 1900, "0-1", 0],
  ["others alone", 2000, [2000, 1000], 0, "0-1", 0.75],
  ["others beside this process", 1000, [1000, 500], 1000, "0-1", 0.25],
  ["others, on a processor that is not this process's", 1000, [1000, 1000, 0, 0], 0, "2-3", 0],
  ["others, on one of two", 1000, [0, 800, 0, 0, 0], 0, "1,4", 0.4],
  ["rounding: more than there is", 1000, [1010, 1010], 0, "0-1", 1],
  ["rounding: less than this process used", 1000, [900, 0], 910, "0-1", 0],
  ["processors that are not numbered through", 1000, [500, 500], 0, "0,7", 0.5],
  ["a time that is too short", 150, [150, 150], 0, "0-1", 0],
  ["processes that this one started, which have ended", 1000, [900, 1000], 100, "0-1", 0, 1800],
  ["others beside these", 1000, [900, 1000], 0, "0-1", 0.5, 900],
])("who used the processors: %s", (_who, elapsed, processors, own, allowed, share, ended = 0) => {
  expect(after(elapsed, processors, own, allowed, ended)).toBeCloseTo(share, 9);
});
