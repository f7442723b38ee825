import fs, { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { pidSpace } from "../../src/core/liveness.js";
import { locked } from "../../src/core/lock.js";
import { scratchFolder } from "../support/folder.js";

const scratch = scratchFolder();
let number = 0;
function fresh(): { readonly path: string; readonly said: string[] } {
  const folder = join(scratch, String(number++));
  mkdirSync(folder);
  return { path: join(folder, "lock"), said: [] };
}
const LOST = "lost to another";
const HELD = /^held by \d+ on /;
/** Takes a lock, or says who has it. */
const under = <Result>(
  { path, said }: { path: string; said: string[] },
  action: (guard: () => void) => Promise<Result>,
): Promise<Result> =>
  locked(
    path,
    {
      say: (text) => void said.push(text),
      held: (holder) => new Error(`held by ${holder}`),
      lost: () => new Error(LOST),
    },
    action,
  );
/** The lock of a process of another container, which numbers its processes anew. */
const elsewhere = `${process.pid} ${hostname()}\n${pidSpace()}0\n1\ntoken`;

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

describe("a lock", () => {
  it("is one process's at a time and leaves nothing", async () => {
    const at = fresh();
    await under(at, async () => {
      expect(readFileSync(at.path, "utf8")).toContain(`${process.pid} ${hostname()}\n${pidSpace()}\n`);
      await expect(under(at, () => Promise.resolve())).rejects.toThrow(HELD);
    });
    expect(readdirSync(join(at.path, ".."))).toEqual([]);
  });

  it("of another container is held while it gives signs of life, though its pid is dead or one's own here", async () => {
    const at = fresh();
    for (const pid of [process.pid, 2 ** 30]) {
      writeFileSync(at.path, elsewhere.replace(String(process.pid), String(pid)));
      await expect(under(at, () => Promise.resolve())).rejects.toThrow(HELD);
    }
    utimesSync(at.path, Date.now() / 1000 - 120, Date.now() / 1000 - 120);
    expect(await under(at, () => Promise.resolve("taken"))).toBe("taken");
    expect(at.said).toEqual([
      expect.stringMatching(/^taking over the lock of process 1073741824 on .*, which is gone$/),
    ]);
  });

  it("that was taken over is noticed before anything is written, and left to the other", async () => {
    const at = fresh();
    const slow = under(at, (guard) => {
      guard();
      rmSync(at.path);
      writeFileSync(at.path, elsewhere);
      guard();
      return Promise.resolve();
    });
    await expect(slow).rejects.toThrow(LOST);
    expect(readFileSync(at.path, "utf8")).toBe(elsewhere);
  });

  it("whose link was made though the answer says that there is one is one's own", async () => {
    const at = fresh();
    const link = fs.linkSync;
    vi.spyOn(fs, "linkSync").mockImplementationOnce((from, to) => {
      link(from, to);
      throw Object.assign(new Error("EEXIST: file already exists"), { code: "EEXIST" });
    });
    syncBuiltinESMExports();
    expect(await under(at, () => Promise.resolve("taken"))).toBe("taken");
    expect(existsSync(at.path)).toBe(false);
  });

  it("removes what dead processes left that waited for it", async () => {
    const at = fresh();
    const left = `${at.path}.00000000-0000-4000-8000-000000000000`;
    writeFileSync(left, `999999999 ${hostname()}\n${pidSpace()}\n1\ntoken`);
    await under(at, () => Promise.resolve(expect(existsSync(left)).toBe(false)));
    expect(readdirSync(join(at.path, ".."))).toEqual([]);
  });
});
