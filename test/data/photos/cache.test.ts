import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT, type UserError } from "../../../src/core/errors.js";
import { sha256 } from "../../../src/core/hash.js";
import { pidSpace } from "../../../src/core/liveness.js";
import type { Photo } from "../../../src/data/dataset.js";
import { packageRoot } from "../../../src/core/files.js";
import { rowReader } from "../../../src/data/batches/rows.js";
import { cachedPhotos, undecoded, type CacheHooks, type Wanted } from "../../../src/data/photos/cache.js";
import { decodingTime } from "../../../src/data/photos/decoding-time.js";
import { errorOf } from "../fixtures.js";
import { png, range, writeFiles, type Colour } from "./fixtures.js";
import { spawnGroup } from "../../support/processes.js";
import { drill } from "../../support/require.js";
import { until, type Doer } from "../../support/until.js";
import { scratchFolder } from "../../support/folder.js";

const scratch = scratchFolder();
const FRAME = { size: 8, channels: 3 } as const;
const ROW = 8 * 8 * 3;
const RECORD = 32;

const colour = (i: number): Colour => [i % 256, i >> 8, (7 * i) % 256];
let sets = 0;

/** A set of so many photos of one colour each. */
class Fixture {
  readonly folder = join(scratch, String(sets++));
  readonly files = join(this.folder, "files");
  readonly cache = { folder: join(this.folder, "cache"), source: "abc" };
  readonly said: string[] = [];
  constructor(count: number) {
    writeFiles(this.files, Object.fromEntries(range(count).map((i) => [`${i}.png`, png(colour(i))])));
  }
  /** Loads photos and says of what colour each of them is. */
  async load(numbers: readonly number[], hooks: Partial<CacheHooks> = {}): Promise<Colour[]> {
    const photos = numbers.map((i): Photo => ({ path: `${i}.png` }));
    const say = (text: string): void => void this.said.push(text);
    const images = await cachedPhotos({ photos, files: this.files, cache: this.cache }, FRAME, { say, ...hooks });
    const reader = rowReader({ images, shape: { height: 8, width: 8, channels: 3 } });
    const colours = numbers.map((_number, i) => {
      const row = [...reader.read(i)];
      expect(row).toEqual(Array.from({ length: 64 }, () => row.slice(0, 3)).flat());
      return row.slice(0, 3) as unknown as Colour;
    });
    reader.close();
    return colours;
  }
  async expectRight(numbers: readonly number[], hooks: Partial<CacheHooks> = {}): Promise<void> {
    expect(await this.load(numbers, hooks)).toEqual(numbers.map(colour));
  }
  path(end: ".images" | ".index" | ".lock"): string {
    const name = readdirSync(this.cache.folder).find((name) => name.endsWith(".images"))!;
    return join(this.cache.folder, name.replace(".images", end));
  }
  records(): number {
    return statSync(this.path(".index")).size / RECORD;
  }
  hashes(): string[] {
    return [sha256(readFileSync(this.path(".images"))), sha256(readFileSync(this.path(".index")))];
  }
  /** What another process finds: nothing is known of the files. */
  another(): Fixture {
    const moved = new Fixture(0);
    Object.assign(moved, { folder: this.folder, files: this.files, said: this.said });
    Object.assign(moved, { cache: { ...this.cache, folder: `${this.cache.folder}/.` } });
    return moved;
  }
}

describe("cachedPhotos", () => {
  it("decodes what is asked for, once, whatever the order", async () => {
    const set = new Fixture(12);
    const decoded: string[] = [];
    const onDecoded = (done: number, total: number): void => void decoded.push(`${done}/${total}`);
    await set.expectRight([3, 1, 2], { onDecoded });
    await set.expectRight([2, 5, 1, 0], { onDecoded });
    await set.expectRight([0, 1, 2, 3, 5], { onDecoded });
    expect(decoded).toEqual(["3/3", "2/2"]);
    expect(set.records()).toBe(5);
    expect(statSync(set.path(".images")).size).toBe(5 * ROW);
    rmSync(set.files, { recursive: true });
    await set.another().expectRight([5, 3, 0, 2, 1]);
    expect(set.said).toEqual([]);
  });

  it("serves several splits at a time", async () => {
    const set = new Fixture(9);
    await Promise.all([set.expectRight([0, 1, 2]), set.expectRight([2, 3, 4]), set.expectRight([5, 4, 0])]);
    expect(set.records()).toBe(6);
  });

  it("keeps apart frames, sources and cut photos", async () => {
    const set = new Fixture(3);
    await set.expectRight([0]);
    const of = (size: number, source: string, cropBottom: number): Promise<{ path: string; places: Int32Array }> =>
      cachedPhotos(
        { photos: [{ path: "0.png", cropBottom }], files: set.files, cache: { ...set.cache, source } },
        { size, channels: 1 },
        { say: () => undefined },
      );
    const all = [await of(8, "abc", 0), await of(9, "abc", 0), await of(8, "abd", 0), await of(8, "abc", 1)];
    expect(new Set(all.map(({ path, places }) => `${path} ${places[0]}`)).size).toBe(4);
    expect(all[3]!.path).toBe(all[0]!.path);
  });

  it("writes the same bytes whatever the number of threads", async () => {
    const hashes = await Promise.all(
      [1, 2, 3].map(async (threads) => {
        const set = new Fixture(150);
        await set.expectRight(range(150).reverse(), { threads });
        return set.hashes();
      }),
    );
    expect(hashes[1]).toEqual(hashes[0]);
    expect(hashes[2]).toEqual(hashes[0]);
  });

  it("says so before it decodes hundreds", async () => {
    const set = new Fixture(301);
    await set.expectRight(range(301));
    expect(set.said).toEqual([`decoding 301 photos of ${set.files}, once`]);
  });

  it("keeps what was decoded before a photo that cannot be", async () => {
    const set = new Fixture(130);
    writeFiles(set.files, { "100.png": png(colour(100)).subarray(0, 50) });
    for (const threads of [1, 2]) {
      const error = (await errorOf(() => set.load(range(130), { threads }))) as UserError;
      expect(error.exitCode).toBe(EXIT.data);
      expect(error.faults[0]!.where).toBe(join(set.files, "100.png"));
      expect(error.message).toContain("cannot be decoded");
    }
    expect(set.records()).toBe(64);
    expect(existsSync(set.path(".lock"))).toBe(false);
    writeFiles(set.files, { "100.png": png(colour(100)) });
    await set.expectRight(range(130));
    expect(set.records()).toBe(130);
  });
});

describe("a damaged cache", () => {
  const damage: Readonly<Record<string, (set: Fixture) => void>> = {
    "a changed byte": (set) => {
      const bytes = readFileSync(set.path(".images"));
      bytes[3 * ROW + 5]! ^= 1;
      writeFileSync(set.path(".images"), bytes);
    },
    "images cut short": (set) => truncateSync(set.path(".images"), 2 * ROW + 7),
    "no images": (set) => rmSync(set.path(".images")),
    "an index cut short": (set) => truncateSync(set.path(".index"), 4 * RECORD + 9),
    "no index": (set) => rmSync(set.path(".index")),
    "an index of zeros": (set) => writeFileSync(set.path(".index"), Buffer.alloc(10 * RECORD)),
    "an exchanged index": (set) => {
      const bytes = readFileSync(set.path(".index"));
      writeFileSync(set.path(".index"), Buffer.concat([bytes.subarray(RECORD), bytes.subarray(0, RECORD)]));
    },
    "a changed key": (set) => {
      const bytes = readFileSync(set.path(".index"));
      bytes.copy(bytes, 5 * RECORD, 2 * RECORD, 2 * RECORD + 16);
      writeFileSync(set.path(".index"), bytes);
    },
    "images without records": (set) => writeFileSync(set.path(".images"), Buffer.alloc(ROW), { flag: "a" }),
  };
  it.each(Object.keys(damage))("is noticed and fixed: %s", async (name) => {
    const set = new Fixture(8);
    await set.expectRight(range(8));
    const path = set.path(".images");
    damage[name]!(set);
    await set.another().expectRight(range(8));
    writeFiles(set.files, Object.fromEntries(range(8).map((i) => [`${i}.png`, "gone"])));
    await set.another().expectRight([7, 0, 3]);
    expect(set.path(".images")).toBe(path);
  });
});

describe("the disk", () => {
  it("is looked at first", async () => {
    const set = new Fixture(3);
    const error = (await errorOf(() => set.load([0, 1, 2], { free: () => 3 * ROW - 1 }))) as UserError;
    expect(error.exitCode).toBe(EXIT.data);
    expect(error.message).toMatch(/575 bytes of disk space left[^]*576 bytes for 3 decoded photos[^]*--data/);
    await set.expectRight([0, 1, 2], { free: () => 3 * ROW });
  });

  it("may be one that cannot be written", async () => {
    const set = new Fixture(1);
    writeFileSync(set.cache.folder, "a file where the folder should be");
    const error = (await errorOf(() => set.load([0]))) as UserError;
    expect(error.exitCode).toBe(EXIT.data);
    expect(error.message).toMatch(/cache: decoded photos cannot be kept \(.*\)\n {2}hint: .*--data/);
  });
});

describe("the lock", () => {
  it("of a process that is gone is taken over with a notice", async () => {
    const set = new Fixture(2);
    await set.expectRight([0]);
    writeFileSync(set.path(".lock"), `999999999 ${hostname()}\n${pidSpace()}`);
    await set.expectRight([0, 1]);
    expect(set.said).toEqual([`taking over the lock of process 999999999 on ${hostname()}, which is gone`]);
    // The last is of an earlier version, which said no more.
    for (const left of ["garbage", "", `${process.pid} ${hostname()}`]) {
      writeFiles(set.files, { "1.png": png(colour(1)) });
      rmSync(set.path(".index"));
      writeFileSync(set.path(".lock"), left);
      utimesSync(set.path(".lock"), 0, 0);
      await set.another().expectRight([1]);
    }
    expect(readdirSync(set.cache.folder).filter((name) => name.includes("lock"))).toEqual([]);
  });

  it.each([
    ["process", `${process.ppid} ${hostname()}`],
    ["machine", "1 elsewhere"],
  ])("of another living %s is waited for, and what it has written is not decoded again", async (_name, holder) => {
    const set = new Fixture(2);
    await set.expectRight([0]);
    const [images, index] = [readFileSync(set.path(".images")), readFileSync(set.path(".index"))];
    rmSync(set.path(".index"));
    writeFileSync(set.path(".lock"), holder);
    const loading = set.another().load([0], { onDecoded: () => expect.unreachable() });
    await until(() => set.said.length > 0);
    expect(set.said.length).toBe(1);
    expect(set.said[0]).toMatch(/^waiting for process \d+ on .*; if it is gone, delete .*\.lock$/);
    writeFileSync(set.path(".images"), images);
    writeFileSync(set.path(".index"), index);
    rmSync(set.path(".lock"));
    expect(await loading).toEqual([colour(0)]);
  });
});

describe("processes", () => {
  /** Another process that loads all photos of a set. */
  function start(
    set: Fixture,
    count: number,
    env: NodeJS.ProcessEnv = {},
  ): Doer & { kill(): void; readonly lines: string[]; readonly ended: Promise<number | null> } {
    const program = join(packageRoot(), "test", "fixtures", "load-photos.js");
    const paths = range(count).map((i) => `${i}.png`);
    const child = spawnGroup(process.execPath, [program, set.files, set.cache.folder, "2", ...paths], {
      env: { ...process.env, ...env },
    });
    const lines: string[] = [];
    child.stdout.setEncoding("utf8").on("data", (text: string) => void lines.push(...text.trimEnd().split("\n")));
    child.stderr.pipe(process.stderr);
    let over = false;
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve)).finally(() => (over = true));
    return {
      lines,
      ended,
      get over() {
        return over;
      },
      said: () => lines.join("\n"),
      kill: () => void child.kill("SIGKILL"),
    };
  }
  const COUNT = 600;
  const large = (): Fixture => {
    const set = new Fixture(0);
    writeFiles(set.files, Object.fromEntries(range(COUNT).map((i) => [`${i}.png`, png(colour(i), 90, 120)])));
    return set;
  };

  it("share the work of one that decodes", async () => {
    const set = large();
    const both = [start(set, COUNT), start(set, COUNT)];
    expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(both[0]!.lines.at(-1)).toMatch(/^[0-9a-f]{64}$/);
    expect(both[1]!.lines.at(-1)).toBe(both[0]!.lines.at(-1));
    expect(set.records()).toBe(COUNT);
    expect(readdirSync(set.cache.folder).length).toBe(2);
  });

  drill("that are killed leave whole images, and the next one goes on from there", async () => {
    const set = large();
    const whole = start(set, COUNT);
    await whole.ended;
    const expected = set.hashes();
    rmSync(set.cache.folder, { recursive: true });
    for (const blocks of [1, 3]) {
      const killed = start(set, COUNT, { HALT_AFTER: String(blocks) });
      await until(() => killed.lines.filter((text) => text.startsWith("decoded")).length >= blocks, killed);
      killed.kill();
      await killed.ended;
      expect(existsSync(set.path(".lock"))).toBe(true);
      expect(set.records()).toBeLessThan(COUNT);
    }
    const last = start(set, COUNT);
    expect(await last.ended).toBe(0);
    expect(last.lines.at(-1)).toBe(whole.lines.at(-1));
    expect(last.lines.some((text) => /^taking over the lock of process \d+ on .*, which is gone$/.test(text))).toBe(
      true,
    );
    expect(set.hashes()).toEqual(expected);
  });
});

describe("the time that decoding takes", () => {
  const wanted = ({ files, cache }: Fixture, numbers: readonly number[]): Wanted => ({
    photos: numbers.map((i): Photo => ({ path: `${i}.png` })),
    files,
    cache,
  });

  it("is that of the photos which are not in the cache, and keeps nothing", async () => {
    const set = new Fixture(12);
    const all = wanted(set, range(12));
    expect(undecoded(all, FRAME)).toEqual(all.photos);
    expect(await decodingTime(all, FRAME)).toBeGreaterThan(0);
    expect(existsSync(set.cache.folder)).toBe(false);
    await set.load(range(10));
    expect(undecoded(all, FRAME)).toEqual(all.photos.slice(10));
    expect(undecoded(all, { ...FRAME, size: 9 })).toEqual(all.photos);
    await set.load([10, 11]);
    expect(await decodingTime(all, FRAME)).toBe(0);
  });

  it("leaves photos out that cannot be decoded", async () => {
    const set = new Fixture(1);
    writeFileSync(join(set.files, "0.png"), "no photo");
    expect(await decodingTime(wanted(set, [0]), FRAME)).toBe(0);
  });
});
