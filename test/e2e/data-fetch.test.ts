import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { metamd, start } from "../support/binary.js";
import { archiveEntry, classArchive, sha256, writeOwnManifest } from "../support/class-folders.js";
import { fileServer, serve, type Answer } from "../support/file-server.js";
import { scratchFolder } from "../support/folder.js";
import { until } from "../support/until.js";

const folder = scratchFolder();
const server = await fileServer();
const archive = classArchive(["cat", "dog"], 10, 20_000);
const half = archive.length >> 1;

/** Gives the first half and then nothing more, until the reader is gone. */
const holding: Answer = (_request, response) => {
  response.writeHead(200, { "content-length": archive.length, etag: '"v1"' });
  response.write(archive.subarray(0, half));
};

/** A working folder whose data folder has one own set. */
function prepare(name: string, path: string, ...answers: Answer[]): { at: string; raw: string; part: () => number } {
  const at = join(folder, name);
  mkdirSync(at, { recursive: true });
  const url = server.script(path, ...answers);
  writeOwnManifest(join(at, "datasets"), "animals", 2, archiveEntry("animals.tar.gz", [url], archive));
  const raw = join(at, "datasets", "animals", "raw");
  const part = join(raw, "animals.tar.gz.part");
  return { at, raw, part: () => statSync(part, { throwIfNoEntry: false })?.size ?? 0 };
}

describe("metamd data fetch", () => {
  it("goes on where a killed one stopped: only the rest is asked for", async () => {
    const { at, raw, part } = prepare("killed", "/killed", holding, serve(archive, '"v1"'));
    const first = start(at, ["data", "fetch", "animals"]);
    await until(() => part() === half, first);
    first.kill("SIGKILL");
    expect((await first.ended).signal).toBe("SIGKILL");
    expect(existsSync(join(at, "datasets", "animals", "lock"))).toBe(true);

    const second = await metamd(at, "data", "fetch", "animals");
    expect(second.code, second.stderr).toBe(0);
    expect(second.stdout).toBe("animals: ready, 16 train, 4 test\n");
    expect(second.stderr).toMatch(/taking over the lock of process \d+ on \S+, which is gone/);
    expect(second.stderr).toContain(`, from byte ${half}`);
    expect(server.asked("/killed")).toEqual([{}, { range: `bytes=${half}-`, ifRange: '"v1"' }]);
    expect(sha256(readFileSync(join(raw, "animals.tar.gz")))).toBe(sha256(archive));
    expect(readdirSync(join(at, "datasets", "animals")).sort()).toEqual(["files", "raw", "state.json", "tree.tsv"]);
    expect(readdirSync(raw)).toEqual(["animals.tar.gz"]);
  });

  it("stops on Ctrl-C with code 130, keeps what has come and leaves no lock", async () => {
    const { at, part } = prepare("stopped", "/stopped", holding, serve(archive, '"v1"'));
    const running = start(at, ["data", "fetch", "animals"]);
    await until(() => part() === half, running);
    running.kill("SIGINT");
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stderr).toContain("stopping; what has arrived is kept; once more stops at once");
    expect(stderr).toContain("metamd: interrupted; run the same command again to go on");
    expect(part()).toBe(half);
    expect(existsSync(join(at, "datasets", "animals", "lock"))).toBe(false);
    expect((await metamd(at, "--quiet", "data", "fetch", "animals")).stderr).toBe("");
    expect(server.asked("/stopped")[1]!.range).toBe(`bytes=${half}-`);
  });

  it("offline: exit code 3, nothing is asked for; with --json, events as lines", async () => {
    const { at } = prepare("offline", "/offline", serve(archive));
    const refused = await start(at, ["data", "fetch", "animals"], { METAMD_OFFLINE: "1" }).ended;
    expect(refused.code).toBe(3);
    expect(refused.stdout).toBe("");
    expect(refused.stderr).toMatch(/^metamd: animals: animals\.tar\.gz: not here, and no connection is to be opened/);
    expect(server.asked("/offline")).toEqual([]);
    const { code, stdout } = await metamd(at, "--json", "data", "fetch", "animals");
    expect(code).toBe(0);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string });
    expect(events.map(({ event }) => event).filter((event) => event !== "bytes")).toEqual([
      "begin",
      "stored",
      "unpack",
      "done",
    ]);
    expect(events.at(-1)).toEqual({ id: "animals", event: "done", state: "ready", counts: { train: 16, test: 4 } });
    const list = await metamd(at, "data", "list");
    expect(list.stdout).toMatch(/\nanimals +ready +16 +4 +nothing +own\n/);
  });
});
