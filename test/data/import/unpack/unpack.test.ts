import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { EXIT, UserError } from "../../../../src/core/errors.js";
import type { ManifestFile } from "../../../../src/data/manifest.js";
import { pathsBelow } from "../../../../src/data/store/tree.js";
import { TreeWriter } from "../../../../src/data/import/unpack/tree-writer.js";
import { unpack } from "../../../../src/data/import/unpack/unpack.js";
import { paxName, tar, zip, type ArchiveEntry, type ZipEntry } from "../../../support/archives.js";
import { classArchive } from "../../../support/class-folders.js";
import { realData } from "../../../support/require.js";
import { errorOf } from "../../fixtures.js";
import { scratchFolder } from "../../../support/folder.js";

const folder = scratchFolder();
let numbered = 0;

interface Unpacked {
  readonly files: string[];
  read(path: string): string;
  readonly writer: TreeWriter;
}

async function extract(bytes: Buffer, listed: Partial<ManifestFile> = {}): Promise<Unpacked> {
  const at = join(folder, `case${numbered++}`);
  mkdirSync(at);
  const path = join(at, "archive");
  writeFileSync(path, bytes);
  const file: ManifestFile = {
    name: "archive",
    urls: [],
    unpack: "tar.gz",
    maxBytes: 2 ** 30,
    maxEntries: 100,
    ...listed,
  };
  const writer = new TreeWriter(join(at, "files"));
  await unpack(path, file, writer);
  return {
    files: pathsBelow(writer.folder),
    read: (name) => readFileSync(join(writer.folder, name), "utf8"),
    writer,
  };
}

async function refusal(bytes: Buffer, listed: Partial<ManifestFile> = {}): Promise<string> {
  const error = await errorOf(() => extract(bytes, listed));
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).exitCode).toBe(EXIT.data);
  return (error as UserError).faults[0]!.given;
}

const text = (words: string): Buffer => Buffer.from(words);
const good: ArchiveEntry = { name: "a/b.txt", data: text("hello") };
const TREE: ArchiveEntry[] = [{ name: "./a/", type: "5" }, good, { name: "a/c.bin", data: Buffer.alloc(1000, 7) }];

describe("tar archives", () => {
  it.each([
    ["plain", tar(TREE)],
    ["gzip", gzipSync(tar(TREE))],
    ["two gzip members", Buffer.concat([gzipSync(tar(TREE).subarray(0, 700)), gzipSync(tar(TREE).subarray(700))])],
    ["bytes after their end", tar(TREE, Buffer.concat([Buffer.alloc(1024), Buffer.alloc(100_000, 65)]))],
  ])("%s: files come out, whatever the name says", async (_name, bytes) => {
    const { files, read, writer } = await extract(bytes);
    expect(files).toEqual(["a/b.txt", "a/c.bin"]);
    expect(read("a/b.txt")).toBe("hello");
    expect(statSync(join(writer.folder, "a/b.txt")).mode & 0o7111).toBe(0);
    expect(writer.files.find(({ path }) => path === "a/b.txt")).toEqual({
      path: "a/b.txt",
      bytes: 5,
      sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    });
  });

  it("gives only what is selected, and empty files", async () => {
    const { files } = await extract(tar([...TREE, { name: "d/e/f.txt" }, { name: "d/g.txt" }]), {
      only: ["a/*.txt", "d/"],
    });
    expect(files).toEqual(["a/b.txt", "d/e/f.txt", "d/g.txt"]);
  });

  it.each<[string, ArchiveEntry[], RegExp]>([
    ["a way out", [{ name: "../evil.txt", data: text("x") }], /^entry "\.\.\/evil\.txt": a path with \.\.$/],
    ["a way out further down", [{ name: "a/../../evil" }], /a path with \.\./],
    ["an absolute path", [{ name: "/tmp/evil" }], /^entry "\/tmp\/evil": an absolute path$/],
    ["a drive letter", [{ name: "C:evil" }], /a drive letter/],
    ["a backslash", [{ name: "a\\b" }], /a backslash/],
    ["a NUL byte", [paxName("a\0b"), { name: "x" }], /a NUL byte/],
    ["a long name", [paxName(`${"n".repeat(256)}`), { name: "x" }], /more than 255 bytes/],
    ["depth", [{ name: `${"d/".repeat(16)}f` }], /17 levels deep/],
    [
      "a link",
      [{ name: "l", type: "2", link: "/etc/passwd" }],
      /^entry "l": neither a file nor a folder \(SymbolicLink\)$/,
    ],
    ["a hard link", [good, { name: "l", type: "1", link: "a/b.txt" }], /neither a file nor a folder \(Link\)/],
    ["a character device", [{ name: "d", type: "3" }], /\(CharacterDevice\)/],
    ["a pipe", [{ name: "p", type: "6" }], /\(FIFO\)/],
    ["an unknown type", [{ name: "u", type: "Z" }], /entry "u": neither a file/],
    ["names that differ by case", [good, { name: "A/B.txt" }], /the same name as a, but for upper and lower case/],
    ["a name twice", [good, good], /a second entry of the name a\/b\.txt/],
    ["a file as a folder", [good, { name: "a/b.txt/c" }], /a second entry of the name a\/b\.txt/],
    ["a file of no name", [{ name: "./", type: "0", data: text("x") }], /./],
  ])("are refused whole for %s", async (_name, entries, reason) => {
    expect(await refusal(tar(entries))).toMatch(reason);
    expect(await refusal(gzipSync(tar([...TREE.slice(0, 1), ...entries])))).toMatch(reason);
    expect(existsSync(join(folder, "evil.txt"))).toBe(false);
  });

  it("are refused for an entry that is not selected, too", async () => {
    expect(await refusal(tar([good, { name: "../x" }]), { only: ["a/"] })).toContain("a path with ..");
  });

  it("are refused for too many entries or bytes, as they come out", async () => {
    expect(await refusal(tar(TREE), { maxEntries: 2 })).toBe('entry "a/c.bin": more than 2 entries');
    const zeros = gzipSync(tar([{ name: "big", data: Buffer.alloc(3_000_000) }]));
    expect(await refusal(zeros, { maxBytes: 2_000_000 })).toBe("more than 2000000 bytes come out");
    const bomb = gzipSync(Buffer.alloc(80 * 2 ** 20));
    expect(await refusal(Buffer.concat([gzipSync(tar([good], Buffer.alloc(0))), bomb]))).toBe(
      "more than 200 bytes come out of every one",
    );
  });

  it("are refused when they are cut off, at any place, or damaged", async () => {
    const whole = tar(TREE);
    for (const length of [100, 512, 1024, 1100, 1536, 2048, 2600, 3071])
      expect(await refusal(whole.subarray(0, length)), `${length} bytes`).toMatch(/damaged|not a tar archive/);
    const packed = gzipSync(whole);
    expect(await refusal(packed.subarray(0, packed.length - 9))).toMatch(/^damaged gz data: unexpected end of file/);
    expect(await refusal(Buffer.concat([packed, text("garbage")]))).toMatch(/^damaged gz data: /);
    const flipped = Buffer.from(whole);
    flipped[512 + 5]! ^= 1;
    expect(await refusal(flipped)).toMatch(/^damaged tar archive: .*checksum/);
    expect(await refusal(Buffer.alloc(5000, 33))).toMatch(/^damaged tar archive/);
    expect(await refusal(gzipSync(classArchive(["a", "b"], 60)))).toBe("compressed twice");
  });

  it("are refused where a zip is due, and the other way round", async () => {
    expect(await refusal(tar(TREE), { unpack: "zip" })).toBe("not a zip archive");
    expect(await refusal(zip([{ name: "a", data: text("x") }]))).toBe("a zip archive where tar.gz is due");
  });
});

describe("zip archives", () => {
  const FILE = 0o100644;
  const unzip = { unpack: "zip" } as const;
  const entries: ZipEntry[] = [
    { name: "/", mode: 0o040755 },
    { name: "a/", mode: 0o040755 },
    { name: "a/b.txt", data: text("hello"), mode: FILE },
    { name: "ä.txt", data: text("umlaut") },
  ];

  it("give their files; a top folder called / is nothing", async () => {
    const { files, read } = await extract(zip(entries), unzip);
    expect(files).toEqual(["a/b.txt", "ä.txt"]);
    expect(read("a/b.txt")).toBe("hello");
    expect((await extract(zip(entries), { ...unzip, only: ["a/**"] })).files).toEqual(["a/b.txt"]);
  });

  it.each<[string, ZipEntry[], RegExp]>([
    ["a way out", [{ name: "../evil.txt", data: text("x") }], /^entry "\.\.\/evil\.txt": a path with \.\.$/],
    ["an absolute path", [{ name: "/tmp/evil" }], /an absolute path/],
    ["a backslash", [{ name: "..\\evil" }], /a backslash/],
    ["a drive letter", [{ name: "c:/evil" }], /a drive letter/],
    ["a NUL byte", [{ name: "a\0b" }], /a NUL byte/],
    ["a link", [{ name: "l", data: text("/etc/passwd"), mode: 0o120777 }], /^entry "l": neither a file nor a folder/],
    ["a device", [{ name: "d", mode: 0o020666 }], /neither a file nor a folder/],
    ["encryption", [{ name: "e", data: text("x"), flags: 0x801 }], /encrypted/],
    ["names that differ by case", [{ name: "x/A" }, { name: "x/a" }], /the same name as x\/A/],
    ["a length that is not as announced", [{ name: "s", data: text("hello"), size: 3 }], /entry "s": too many bytes/],
  ])("are refused whole for %s", async (_name, bad, reason) => {
    expect(await refusal(zip([...entries, ...bad]), unzip)).toMatch(reason);
    expect(existsSync(join(folder, "evil.txt"))).toBe(false);
  });

  it("are refused for too many entries or bytes, as they come out", async () => {
    expect(await refusal(zip(entries), { ...unzip, maxEntries: 3 })).toBe('entry "ä.txt": more than 3 entries');
    const zeros = zip([{ name: "big", data: Buffer.alloc(3_000_000) }]);
    expect(await refusal(zeros, { ...unzip, maxBytes: 2_000_000 })).toBe(
      'entry "big": more than 2000000 bytes come out',
    );
    const bomb = zip([{ name: "bomb", data: Buffer.alloc(80 * 2 ** 20) }]);
    expect(await refusal(bomb, unzip)).toBe('entry "bomb": more than 200 bytes come out of every one');
  });

  it("are refused when they are cut off, damaged or followed by something else", async () => {
    const whole = zip(entries);
    expect(await refusal(whole.subarray(0, whole.length - 5), unzip)).toMatch(/^damaged zip archive/);
    expect(await refusal(whole.subarray(40), unzip)).toMatch(/./);
    expect(await refusal(Buffer.concat([whole, text("garbage")]), unzip)).toMatch(/^damaged zip archive/);
  });
});

describe("single files", () => {
  it("are inflated under their name without its ending", async () => {
    const { files, read } = await extract(gzipSync(text("hello")), { name: "words.txt.gz", unpack: "gz" });
    expect(files).toEqual(["words.txt"]);
    expect(read("words.txt")).toBe("hello");
    expect(await refusal(text("hello"), { name: "words.txt.gz", unpack: "gz" })).toBe("no gz file");
  });

  const usps = realData("USPS");
  it.skipIf(usps === undefined)("are inflated from bzip2, and stopped at their limit", async () => {
    const packed = readFileSync(join(usps!, "usps.t.bz2"));
    const listed = { name: "usps.t.bz2", unpack: "bz2" } as const;
    const { read } = await extract(packed, listed);
    expect(read("usps.t").split("\n").length).toBe(2008);
    expect(await refusal(packed, { ...listed, maxBytes: 1_000_000 })).toBe("more than 1000000 bytes come out");
    // Without the end of the stream, and amid the first block.
    for (const length of [packed.length - 10, 100_000])
      expect(await refusal(packed.subarray(0, length), listed), `${length}`).toMatch(/^damaged bz2 data/);
    expect(await refusal(Buffer.concat([packed, text("x")]), listed)).toMatch(/^damaged bz2 data/);
  });

  const lossy = realData("CIFAR10_jpeg_lossy");
  it.skipIf(lossy === undefined)("and tar archives may be compressed by xz", async () => {
    const packed = readFileSync(join(lossy!, "CIFAR-10-images-jpeg.tar.xz"));
    expect(await refusal(packed, { maxEntries: 20 })).toMatch(/more than 20 entries/);
    expect(await refusal(packed.subarray(0, 5000), { maxEntries: 100_000 })).toMatch(/^damaged xz data/);
  });
});
