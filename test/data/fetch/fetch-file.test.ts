import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { EXIT, Interrupted, UserError } from "../../../src/core/errors.js";
import { namedStream } from "../../../src/core/rng.js";
import type { ManifestFile } from "../../../src/data/manifest.js";
import { fetchFile, type FetchFileOptions } from "../../../src/data/fetch/fetch-file.js";
import { redirected } from "../../../src/data/fetch/request.js";
import { NET, type FetchEvent } from "../../../src/data/fetch/settings.js";
import { cut, fileServer, ignoreRange, serve, stall, status, type Answer } from "../../support/file-server.js";
import { errorOf } from "../fixtures.js";
import { scratchFolder } from "../../support/folder.js";

const folder = scratchFolder();
const server = await fileServer();
const uniform = namedStream(1, "bytes");
const content = Buffer.from(Uint8Array.from({ length: 300_000 }, () => uniform() * 256));
const other = Buffer.from(content.map((byte) => 255 - byte));
const sum = (bytes: Buffer, name = "sha256"): string => createHash(name).update(bytes).digest("hex");

let numbered = 0;
/** What has come of the file that was prepared last. */
const received = (): number =>
  statSync(join(folder, `root${numbered - 1}`, "set", "raw", "f.bin.part"), { throwIfNoEntry: false })?.size ?? 0;

interface Case {
  readonly root: string;
  readonly events: FetchEvent[];
  readonly waits: number[];
  readonly file: ManifestFile;
  readonly options: FetchFileOptions;
  run(): Promise<unknown>;
  raw(name: string): string;
}

/** One file to fetch into a folder of its own; waiting takes no time and is written down. */
function prepare(urls: string[], listed: Partial<ManifestFile> = {}, options: Partial<FetchFileOptions> = {}): Case {
  const root = join(folder, `root${numbered++}`);
  const events: FetchEvent[] = [];
  const waits: number[] = [];
  const file: ManifestFile = {
    name: "f.bin",
    urls,
    bytes: content.length,
    sha256: sum(content),
    unpack: "none",
    maxBytes: 1_000_000,
    maxEntries: 1,
    ...listed,
  };
  const net = {
    ...NET,
    jitter: () => 0.5,
    sleep: (milliseconds: number) => Promise.resolve(void waits.push(milliseconds / 1000)),
  };
  const all = { net, trustOnFirstUse: false, onEvent: (event: FetchEvent) => void events.push(event), ...options };
  return {
    root,
    events,
    waits,
    file,
    options: all,
    run: () => fetchFile(root, "set", file, all),
    raw: (name) => join(root, "set", "raw", name),
  };
}

/** The right file and nothing else is there. */
function expectFetched(one: Case): void {
  expect(readFileSync(one.raw("f.bin")).equals(content)).toBe(true);
  expect(readdirSync(one.raw("")).filter((name) => !name.includes(".bad-"))).toEqual(["f.bin"]);
}

/** A cut may lose bytes that were on their way; what is asked for next tells how many had come. */
const SOME_RANGE = expect.stringMatching(/^bytes=[1-9]\d*-$/) as string;
const begins = ({ events }: Case): number[] => events.flatMap((event) => (event.event === "begin" ? [event.from] : []));

async function refusal(one: Case): Promise<UserError> {
  const error = await errorOf(one.run);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).exitCode).toBe(EXIT.data);
  expect(existsSync(one.raw("f.bin"))).toBe(false);
  return error as UserError;
}

describe("fetchFile brings the right file", () => {
  it("in one go", async () => {
    const one = prepare([server.script("/plain", serve(content))]);
    await one.run();
    expectFetched(one);
    expect(server.asked("/plain")).toEqual([{}]);
  });

  it("after cuts, asking for the rest of the same version only", async () => {
    const one = prepare([
      server.script(
        "/cuts",
        cut(content, 100_000, received, '"a"'),
        cut(content, 50_000, received, '"a"'),
        serve(content, '"a"'),
      ),
    ]);
    await one.run();
    expectFetched(one);
    const [, first, second] = begins(one);
    expect(first).toBeGreaterThan(0);
    expect(second).toBeGreaterThan(first!);
    expect(server.asked("/cuts")).toEqual([
      {},
      { range: `bytes=${first}-`, ifRange: '"a"' },
      { range: `bytes=${second}-`, ifRange: '"a"' },
    ]);
    expect(one.waits).toEqual([1, 2]);
  });

  it("when another version lies there by now, from its beginning", async () => {
    const one = prepare([server.script("/version", cut(other, 100_000, received, '"old"'), serve(content, '"new"'))]);
    await one.run();
    expectFetched(one);
    expect(server.asked("/version")[1]).toMatchObject({ range: SOME_RANGE, ifRange: '"old"' });
    expect(begins(one)).toEqual([0, 0]);
  });

  it("from a server that ignores ranges", async () => {
    const one = prepare([server.script("/ignores", cut(content, 100_000, received), ignoreRange(content))]);
    await one.run();
    expectFetched(one);
  });

  it("from a server that answers another range", async () => {
    const wrong = status(206, { "content-range": `bytes 7-${content.length - 1}/${content.length}` }, "x");
    const one = prepare([server.script("/range", cut(content, 100_000, received), wrong, serve(content))]);
    await one.run();
    expectFetched(one);
    expect(server.asked("/range").map(({ range }) => range)).toEqual([undefined, SOME_RANGE, undefined]);
  });

  it("from a part that is whole already, without asking, or by a 416 where its length is unknown", async () => {
    const known = prepare([server.script("/never", status(500))]);
    mkdirSync(known.raw(""), { recursive: true });
    writeFileSync(known.raw("f.bin.part"), content);
    await known.run();
    expectFetched(known);
    expect(server.asked("/never")).toEqual([]);

    const unknown = prepare([server.script("/whole", serve(content))], { bytes: undefined });
    mkdirSync(unknown.raw(""), { recursive: true });
    writeFileSync(unknown.raw("f.bin.part"), content);
    await unknown.run();
    expectFetched(unknown);
    expect(server.asked("/whole")).toEqual([{ range: `bytes=${content.length}-` }]);
  });

  it("when 416 comes for a part that is too long, or of other bytes", async () => {
    const long = prepare([server.script("/long", serve(content))], { bytes: undefined });
    mkdirSync(long.raw(""), { recursive: true });
    writeFileSync(long.raw("f.bin.part"), Buffer.concat([content, content]));
    await long.run();
    expectFetched(long);

    const wrong = prepare([server.script("/stale", serve(content))]);
    mkdirSync(wrong.raw(""), { recursive: true });
    writeFileSync(wrong.raw("f.bin.part"), other.subarray(0, 1000));
    await wrong.run();
    expectFetched(wrong);
    expect(server.asked("/stale").map(({ range }) => range)).toEqual(["bytes=1000-", undefined]);
  });

  it("after what can be waited for, as long as the server asks", async () => {
    const later = new Date(Date.now() + 60_000).toUTCString();
    const one = prepare([
      server.script(
        "/busy",
        status(503),
        status(429, { "retry-after": "7" }),
        status(503, { "retry-after": "9999" }),
        status(408, { "retry-after": later }),
        serve(content),
      ),
    ]);
    await one.run();
    expectFetched(one);
    expect(one.waits.slice(0, 3)).toEqual([1, 7, 120]);
    expect(one.waits[3]).toBeGreaterThan(50);
    expect(one.waits[3]).toBeLessThanOrEqual(60);
  });

  it("after a silence", async () => {
    const silent: Answer = (request, response) =>
      (request.headers.range === undefined ? stall(content, 1000) : serve(content))(request, response);
    const net = { ...NET, stallMilliseconds: 300, sleep: () => Promise.resolve() };
    const one = prepare([server.script("/stall", silent)], {}, { net });
    await one.run();
    expectFetched(one);
    expect(one.events.find(({ event }) => event === "retry")).toMatchObject({ reason: "no byte within 0.3 s" });
    expect(server.asked("/stall")).toContainEqual({ range: "bytes=1000-" });
  });

  it("from the next mirror, going on with what the first one gave", async () => {
    const first = server.script("/first", cut(content, 100_000, received), status(404));
    const one = prepare([first, server.script("/second", serve(content))]);
    await one.run();
    expectFetched(one);
    expect(server.asked("/second")).toEqual([{ range: `bytes=${begins(one)[1]}-` }]);
    expect(begins(one)[1]).toBeGreaterThan(0);
    expect(one.events.find(({ event }) => event === "mirror-failed")).toMatchObject({
      reason: "status 404 Not Found (try 2 of 5)",
    });
  });

  it("from the next mirror after wrong bytes, which are kept", async () => {
    const one = prepare([server.script("/wrong", serve(other)), server.script("/right", serve(content))]);
    await one.run();
    expectFetched(one);
    expect(readdirSync(one.raw(""))).toContain(`f.bin.bad-${sum(other).slice(0, 8)}`);
    expect(server.asked("/wrong").length).toBe(1);
  });

  it("through redirects, five at most", async () => {
    for (const step of [1, 2, 3, 4, 5]) server.script(`/hop${step}`, status(302, { location: `/hop${step + 1}` }));
    server.script("/hop6", serve(content));
    const five = prepare([server.url("/hop1")]);
    await five.run();
    expectFetched(five);
    server.script("/hop0", status(301, { location: "/hop1" }));
    expect((await refusal(prepare([server.url("/hop0")]))).message).toContain("more than 5 redirects");
  });

  it("by the checksum of the inflated file, in both forms", async () => {
    const inflated = { bytes: content.length, sha256: sum(content) };
    const listed = { bytes: undefined, sha256: undefined, inflated };
    const plain = prepare([server.script("/inflated", serve(content))], listed);
    expect(await plain.run()).toMatchObject({ inflated });
    const packed = gzipSync(content);
    const gz = prepare([server.script("/gz", serve(packed))], listed);
    expect(await gz.run()).toMatchObject({ bytes: packed.length, inflated });
    const bad = prepare([server.script("/badgz", serve(gzipSync(other)))], listed);
    expect((await refusal(bad)).message).toContain(`inflated sha256 ${sum(other)}`);
  });

  it("inflated by its server where the compressed one is listed too, and gone on with when it is cut", async () => {
    const packed = gzipSync(content);
    const inflated = { bytes: content.length, sha256: sum(content) };
    const listed = { bytes: packed.length, sha256: sum(packed), inflated };
    const half = cut(content, 100_000, received);
    const plain = prepare([server.script("/inflating", half, serve(content))], listed);
    expect(await plain.run()).toMatchObject({ bytes: content.length, inflated });
    expect(server.asked("/inflating")[1]).toEqual({ range: `bytes=${begins(plain)[1]}-` });
    const packedToo = prepare([server.script("/packed", serve(packed))], listed);
    expect(await packedToo.run()).toEqual({ bytes: packed.length, sha256: sum(packed) });
    const wrong = prepare([server.script("/wrong-inflated", serve(other))], listed);
    expect((await refusal(wrong)).message).toContain(`sha256 ${sum(other)}, 300000 bytes`);
  });
});

describe("fetchFile refuses", () => {
  it("wrong bytes of all mirrors, saying what was expected, what came and where it lies", async () => {
    const one = prepare([server.script("/wrong1", serve(other))], { checksumFrom: "loader" });
    const bad = one.raw(`f.bin.bad-${sum(other).slice(0, 8)}`);
    expect((await refusal(one)).message).toBe(
      `set: f.bin: no mirror gave it
  accepted: sha256 ${sum(content)}, 300000 bytes (manifest, from loader)
  hint: try again later, or get the file elsewhere and metamd data import set PATH
${server.url("/wrong1")}: other bytes: sha256 ${sum(other)}, 300000 bytes; kept as ${bad}`,
    );
    expect(readFileSync(bad).equals(other)).toBe(true);
  });

  it.each([401, 403, 404, 410, 418])("status %i at once", async (code) => {
    const one = prepare([server.script(`/status${code}`, status(code))]);
    expect((await refusal(one)).message).toContain(`status ${code}`);
    expect(server.asked(`/status${code}`).length).toBe(1);
    expect(one.waits).toEqual([]);
  });

  it("a mirror that fails five times", async () => {
    const one = prepare([server.script("/down", status(500))]);
    expect((await refusal(one)).message).toContain("status 500 Internal Server Error (try 5 of 5)");
    expect(server.asked("/down").length).toBe(5);
    expect(one.waits).toEqual([1, 2, 4, 8]);
  });

  it("web pages, by their type or their first bytes", async () => {
    const page = "<!DOCTYPE html><html></html>".padEnd(content.length);
    const typed = server.script("/page", status(200, { "content-type": "text/html; charset=utf-8" }, page));
    const untyped = server.script("/page2", serve(Buffer.from(page)));
    const error = await refusal(prepare([typed, untyped]));
    expect(error.faults.slice(1).map(({ given }) => given)).toEqual([
      "a web page instead of the file",
      "a web page instead of the file",
    ]);
  });

  it("an announced length that is not the listed one, and more bytes than are due", async () => {
    const short = prepare([server.script("/short", serve(content.subarray(1)))]);
    expect((await refusal(short)).message).toContain("299999 bytes announced, 300000 are due");
    const endless = server.script("/endless", (_request, response) => {
      response.writeHead(200);
      response.write(Buffer.concat([content, Buffer.from("more")]));
    });
    expect((await refusal(prepare([endless]))).message).toContain("more than the 300000 bytes that are due");
    const unknown = prepare([endless], { bytes: undefined, maxBytes: 1000 });
    expect((await refusal(unknown)).message).toContain("more than the 1000 bytes that are due");
  });

  it("an end that comes too early without a word", async () => {
    const early = server.script("/early", (_request, response) => void response.writeHead(200).end("early"));
    expect((await refusal(prepare([early]))).message).toContain("cut after 5 of 300000 bytes");
  });

  it("a redirect loop, and redirects that lose the encryption or the protocol", async () => {
    const loop = prepare([server.script("/loop", status(302, { location: "/loop" }))]);
    expect((await refusal(loop)).message).toContain("more than 5 redirects");
    expect(() => redirected(new URL("https://a.org/f"), "http://a.org/f")).toThrow("from https to plain http");
    expect(() => redirected(new URL("https://a.org/f"), "ftp://a.org/f")).toThrow("redirect to ftp");
    expect(() => redirected(new URL("https://a.org/f"), "http://")).toThrow("not an address");
    expect(redirected(new URL("http://a.org/f"), "https://b.org/").href).toBe("https://b.org/");
    expect(redirected(new URL("https://a.org/x/f"), "../g").href).toBe("https://a.org/g");
  });

  it("a file without a checksum, unless it is trusted; never over plain http", async () => {
    const none = { sha256: undefined };
    const untrusted = prepare([server.script("/none", serve(content))], none);
    expect((await refusal(untrusted)).message).toContain("--trust-on-first-use");
    const plain = prepare([server.url("/none")], none, { trustOnFirstUse: true });
    expect((await refusal(plain)).message).toContain("plain http, which is only for files with a checksum");
    expect(server.asked("/none")).toEqual([]);
  });

  it("other bytes than those trusted before", async () => {
    const one = prepare([server.script("/trusted", serve(content))], { sha256: undefined, bytes: undefined });
    mkdirSync(one.root, { recursive: true });
    writeFileSync(join(one.root, "SHA256SUMS"), `${sum(other)}  set/raw/f.bin\n`);
    expect((await refusal(one)).message).toContain(`accepted: sha256 ${sum(other)} (manifest)`);
    writeFileSync(join(one.root, "SHA256SUMS"), `${sum(content)}  set/raw/f.bin\n`);
    await one.run();
    expect(readFileSync(one.raw("f.bin")).equals(content)).toBe(true);
  });

  it("to go on after an interruption, keeping what has come", async () => {
    const controller = new AbortController();
    const one = prepare([server.script("/stop", stall(content, 5000))], {}, { signal: controller.signal });
    const running = errorOf(() =>
      fetchFile(one.root, "set", one.file, {
        ...one.options,
        onEvent: ({ event }) => {
          if (event === "bytes") controller.abort();
        },
      }),
    );
    expect(await running).toBeInstanceOf(Interrupted);
    expect(readFileSync(one.raw("f.bin.part")).equals(content.subarray(0, 5000))).toBe(true);
    server.script("/stop", serve(content));
    await fetchFile(one.root, "set", one.file, { ...one.options, signal: undefined });
    expect(server.asked("/stop")[1]).toEqual({ range: "bytes=5000-" });
    expectFetched(one);
  });
});
