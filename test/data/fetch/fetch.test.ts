import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT, Interrupted, UserError } from "../../../src/core/errors.js";
import { pidSpace } from "../../../src/core/liveness.js";
import { fetchDatasets, type FetchOptions } from "../../../src/data/fetch/fetch.js";
import type { FetchEvent } from "../../../src/data/fetch/settings.js";
import { datasetStatus } from "../../../src/data/store/status.js";
import { filesFolder } from "../../../src/data/store/layout.js";
import { readState, requireState } from "../../../src/data/store/store.js";
import { verifyDatasets } from "../../../src/data/store/verify.js";
import { tar } from "../../support/archives.js";
import { archiveEntry, classArchive, sha256, writeOwnManifest } from "../../support/class-folders.js";
import { fileServer, serve, status } from "../../support/file-server.js";
import { realData } from "../../support/require.js";
import { errorOf } from "../fixtures.js";
import { scratchFolder } from "../../support/folder.js";

const folder = scratchFolder();
const server = await fileServer();
const archive = classArchive(["cat", "dog"], 10);
const net = { sleep: () => Promise.resolve() };
let numbered = 0;

/** A folder of datasets with a manifest of one archive of class folders. */
function root(more?: string, bytes: Buffer | undefined = archive): { at: string; url: string; path: string } {
  const at = join(folder, `root${numbered}`);
  const path = `/archive${numbered++}`;
  const url = server.script(path, serve(bytes));
  writeOwnManifest(at, "animals", 2, more ?? archiveEntry("animals.tar.gz", [url], bytes));
  return { at, url, path };
}

async function dataError(call: () => unknown): Promise<UserError> {
  const error = await errorOf(call);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).exitCode).toBe(EXIT.data);
  return error as UserError;
}

const fetchIt = (at: string, options: FetchOptions = {}): Promise<unknown> =>
  fetchDatasets(at, ["animals"], { net, ...options });

describe("fetchDatasets", () => {
  it("fetches, extracts, counts and records; a second time there is nothing to ask for", async () => {
    const { at, path } = root();
    const events: FetchEvent[] = [];
    const reports = await fetchDatasets(at, ["animals"], { net, onEvent: (event) => void events.push(event) });
    expect(reports).toEqual([{ id: "animals", state: "ready", counts: { train: 16, test: 4 } }]);
    expect(events.filter(({ event }) => event !== "bytes").map(({ event }) => event)).toEqual([
      "begin",
      "stored",
      "unpack",
      "done",
    ]);
    const state = requireState(at, "animals");
    expect(state).toMatchObject({ partial: false, tree: { files: 20 }, corrupt: [] });
    expect(state.tree!.sha256).toBe(sha256(readFileSync(join(at, "animals", "tree.tsv"))));
    expect(readdirSync(filesFolder(at, "animals"))).toEqual(["cat", "dog"]);
    expect(readdirSync(join(at, "animals")).sort()).toEqual(["files", "raw", "state.json", "tree.tsv"]);
    expect((await verifyDatasets(at, [])).map(({ name, state }) => `${name} ${state}`)).toEqual([
      "animals.tar.gz ok",
      "files ok",
    ]);
    const before = server.asked(path).length;
    await fetchIt(at);
    expect(server.asked(path).length).toBe(before);
    expect(requireState(at, "animals")).toEqual(state);
  });

  it("repairs only what is wrong: extracts again, or fetches the one damaged file", async () => {
    const { at, path } = root();
    await fetchIt(at);
    const image = join(filesFolder(at, "animals"), "cat", "3.jpg");
    const right = readFileSync(image);
    writeFileSync(image, "changed");
    rmSync(join(filesFolder(at, "animals"), "dog", "1.jpg"));
    writeFileSync(join(filesFolder(at, "animals"), "dog", "new.jpg"), "new");
    expect((await verifyDatasets(at, ["animals"])).map(({ name, state }) => `${name} ${state}`)).toEqual([
      "animals.tar.gz ok",
      "files/cat/3.jpg different",
      "files/dog/1.jpg missing",
      "files/dog/new.jpg unknown",
    ]);
    expect(datasetStatus(at, "animals").state).toBe("corrupt");
    expect((await dataError(() => requireState(at, "animals"))).message).toMatch(
      /missing or damaged files[^]*metamd data fetch animals, or metamd data import animals PATH/,
    );
    await fetchIt(at);
    expect(readFileSync(image).equals(right)).toBe(true);
    expect(server.asked(path).length).toBe(1);

    const raw = join(at, "animals", "raw", "animals.tar.gz");
    const bytes = readFileSync(raw);
    bytes[50]! ^= 1;
    writeFileSync(raw, bytes);
    await fetchIt(at);
    expect(readFileSync(raw).equals(archive)).toBe(true);
    expect(server.asked(path).length).toBe(2);
    expect(datasetStatus(at, "animals").state).toBe("ready");
  });

  it("offline, opens no connection and names files, addresses and the import; what is here is still extracted", async () => {
    const { at, url } = root();
    const before = server.count();
    const error = await dataError(() => fetchIt(at, { offline: true }));
    expect(error.message).toBe(`animals: animals.tar.gz: not here, and no connection is to be opened (offline)
  accepted: ${url}
  hint: get it on another machine, then metamd data import animals PATH`);
    expect(existsSync(join(at, "animals"))).toBe(false);
    mkdirSync(join(at, "animals", "raw"), { recursive: true });
    writeFileSync(join(at, "animals", "raw", "animals.tar.gz"), archive);
    await fetchIt(at, { offline: true });
    expect(datasetStatus(at, "animals").state).toBe("ready");
    expect(server.count()).toBe(before);
  });

  it("demands a licence once", async () => {
    const { at } = root();
    const path = join(at, "manifest.yaml");
    const strict = "licence: { name: research only, nonCommercial: true, personalImages: true }";
    writeFileSync(path, readFileSync(path, "utf8").replace(/licence: .*/, strict));
    const error = await dataError(() => fetchIt(at));
    expect(error.message).toBe(
      `animals: its licence has not been accepted: research only; its images show real people: never print, plot or publish them
  hint: read it, then add --accept-licence animals once`,
    );
    expect((await dataError(() => fetchIt(at, { acceptLicences: ["other"] }))).message).toContain("not been accepted");
    await fetchIt(at, { acceptLicences: ["animals"] });
    await fetchIt(at);
    expect(JSON.parse(readFileSync(join(at, "licences.json"), "utf8"))).toMatchObject({
      animals: { licence: "research only" },
    });
  });

  it("looks at disk space before fetching and before extracting", async () => {
    const { at, path } = root();
    const error = await dataError(() => fetchIt(at, { freeBytes: () => 10 }));
    expect(error.message).toContain(
      `10 bytes of disk space left\n  accepted: ${archive.length} bytes to fetch animals`,
    );
    expect(server.asked(path)).toEqual([]);
    let looked = 0;
    const second = await dataError(() => fetchIt(at, { freeBytes: () => (looked++ === 0 ? 1e9 : 10) }));
    expect(second.message).toContain("to extract animals");
    expect(datasetStatus(at, "animals").state).toBe("fetched");
    expect((await dataError(() => requireState(at, "animals"))).message).toContain("fetched, but not extracted");
    await fetchIt(at);
    expect(server.asked(path).length).toBe(1);
    expect(datasetStatus(at, "animals").state).toBe("ready");
  });

  it("leaves nothing extracted of an archive that is refused, or whose folders are not those of the manifest", async () => {
    const evil = tar([{ name: "cat/0.jpg" }, { name: "../evil" }]);
    const first = root(undefined, evil);
    expect((await dataError(() => fetchIt(first.at))).message).toMatch(
      /animals\.tar\.gz: entry "\.\.\/evil": a path with/,
    );
    expect(readdirSync(join(first.at, "animals")).sort()).toEqual(["raw", "state.json"]);
    expect(datasetStatus(first.at, "animals").state).toBe("fetched");

    const three = root(undefined, classArchive(["a", "b", "c"], 5));
    expect((await dataError(() => fetchIt(three.at))).message).toMatch(/3 classes: a, b, c\n {2}accepted: 2 classes/);
    expect(existsSync(filesFolder(three.at, "animals"))).toBe(false);
  });

  it("stops while it extracts, and extracts again without asking for anything", async () => {
    const { at, path } = root();
    const controller = new AbortController();
    const onEvent = ({ event }: FetchEvent): void => (event === "unpack" ? controller.abort() : undefined);
    expect(await errorOf(() => fetchIt(at, { signal: controller.signal, onEvent }))).toBeInstanceOf(Interrupted);
    expect(readdirSync(join(at, "animals")).sort()).toEqual(["raw", "state.json"]);
    expect(datasetStatus(at, "animals").state).toBe("fetched");
    mkdirSync(join(at, "animals", "files.tmp-12345", "left-behind"), { recursive: true });
    await fetchIt(at);
    expect(readdirSync(join(at, "animals")).sort()).toEqual(["files", "raw", "state.json", "tree.tsv"]);
    expect(server.asked(path).length).toBe(1);
  });

  it("is locked against a second process, and takes the lock of one that is gone", async () => {
    const { at } = root();
    const lock = join(at, "animals", "lock");
    mkdirSync(join(at, "animals"), { recursive: true });
    const hold = (pid: number, host: string): void => writeFileSync(lock, `${pid} ${host}\n${pidSpace()}`);
    hold(process.ppid, hostname());
    expect((await dataError(() => fetchIt(at))).message).toBe(
      `animals: in use by process ${process.ppid} on ${hostname()}\n  hint: wait for it to end; if it no longer exists, delete ${lock}`,
    );
    hold(1, "another-machine");
    expect((await dataError(() => fetchIt(at))).message).toContain("on another-machine");
    hold(2 ** 30, hostname());
    const notices: string[] = [];
    await fetchIt(at, { onEvent: (event) => void (event.event === "notice" && notices.push(event.text)) });
    expect(notices).toEqual([`taking over the lock of process ${2 ** 30} on ${hostname()}, which is gone`]);
    expect(existsSync(lock)).toBe(false);
  });

  it("fetches what it can of several, and says what it cannot", async () => {
    const { at } = root();
    const error = await dataError(() => fetchDatasets(at, ["butterfly", "animals", "synthetic-digits"], { net }));
    expect(error.message).toMatch(/^butterfly: cannot be fetched, only imported\n[^]*get it from http:\/\/www\.sysu/);
    expect(error.faults.length).toBe(1);
    expect(datasetStatus(at, "animals").state).toBe("ready");
    expect(await fetchDatasets(at, ["synthetic-digits"])).toEqual([]);
    const unknown = await errorOf(() => fetchDatasets(at, ["animal"]));
    expect((unknown as UserError).exitCode).toBe(EXIT.usage);
    expect((unknown as UserError).message).toContain("did you mean animals?");
  });

  it("names a set of a user's own without files as one to import", async () => {
    const { at } = root("");
    expect((await dataError(() => fetchIt(at))).message).toContain("accepted: a folder of images by class");
  });

  const mnist = realData("MNIST");
  it.skipIf(mnist === undefined)("replaces a damaged file of a plain set and keeps the others", async () => {
    const at = join(folder, "mnist-root");
    mkdirSync(join(at, "mnist", "raw"), { recursive: true });
    const names = readdirSync(mnist!).filter((name) => name.endsWith(".gz"));
    for (const name of names) writeFileSync(join(at, "mnist", "raw", name), readFileSync(join(mnist!, name)));
    const reports = await fetchDatasets(at, ["rotated-mnist"], { offline: true });
    expect(reports).toEqual([{ id: "mnist", state: "ready", counts: { train: 60000, test: 10000 } }]);
    renameSync(join(at, "mnist", "raw", names[0]!), join(at, "away"));
    expect((await dataError(() => fetchDatasets(at, ["mnist"], { offline: true }))).faults.length).toBe(1);
    expect(readState(at, "mnist")!.counts).toEqual({ train: 60000, test: 10000 });
  });

  it("has a mirror list that may be empty of answers", async () => {
    const { at, path } = root();
    server.script(path, status(404));
    expect((await dataError(() => fetchIt(at))).faults.map(({ given }) => given)).toEqual([
      "no mirror gave it",
      "status 404 Not Found",
    ]);
  });
});
