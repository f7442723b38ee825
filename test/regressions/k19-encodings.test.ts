import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.js";
import { loadSlurmSettings } from "../../src/config/slurm-settings.js";
import { loadManifest } from "../../src/data/manifest.js";
import { tool } from "../support/processes.js";
import { scratchFolder, userError } from "../support/folder.js";
import { SMALL_CONFIG } from "../support/small-config.js";

const folder = scratchFolder();
const text = `# Gemäß\n${SMALL_CONFIG}`;
const utf16 = (mark: boolean): Buffer => Buffer.from(`${mark ? "\ufeff" : ""}${text}`, "utf16le");
const utf32 = Buffer.concat(
  [..."\ufeffname: t\n"].map((sign) => Buffer.from([sign.charCodeAt(0) & 0xff, sign.charCodeAt(0) >> 8, 0, 0])),
);

const ENCODINGS: Readonly<Record<string, readonly [Buffer, RegExp]>> = {
  "UTF-16, little endian": [utf16(true), /a text in UTF-16\n[^]*iconv -f UTF-16 -t UTF-8/],
  "UTF-16, big endian": [utf16(true).swap16(), /a text in UTF-16\n/],
  "UTF-16 without a mark": [Buffer.from(SMALL_CONFIG, "utf16le"), /a text in UTF-16\n/],
  "UTF-16 without a mark, big endian": [Buffer.from(SMALL_CONFIG, "utf16le").swap16(), /a text in UTF-16\n/],
  "UTF-32": [utf32, /a text in UTF-32\n/],
  "Latin-1": [
    Buffer.from(text, "latin1"),
    /line 1 is not UTF-8 \(byte e4\): Latin-1 or Windows-1252[^]*iconv -f WINDOWS-1252/,
  ],
  "UTF-8 that is cut": [Buffer.from(text).subarray(0, 6), /line 1 is not UTF-8 \(byte c3\)/],
  gzip: [gzipSync(text), /binary data, not text|is not UTF-8/],
  bytes: [Buffer.from([1, 0, 0, 2, 0, 3]), /binary data, not text/],
};

describe.each(Object.keys(ENCODINGS))("%s is named", (name) => {
  const [bytes, says] = ENCODINGS[name]!;
  const path = join(folder, "encoded.yaml");
  test.each([
    ["a config", () => loadConfig({ config: path }), 2],
    ["a cluster's settings", () => loadSlurmSettings(path), 2],
    ["a manifest of one's own", () => loadManifest(folder), 3],
  ])("in %s", (_what, read, code) => {
    writeFileSync(path, bytes);
    writeFileSync(join(folder, "manifest.yaml"), bytes);
    const error = userError(read);
    expect(error.exitCode).toBe(code);
    expect(error.message).toMatch(says);
  });
});

test.each([
  ["a byte order mark of UTF-8", Buffer.from(`\ufeff${text}`)],
  ["line ends of Windows", Buffer.from(text.replaceAll("\n", "\r\n"))],
])("%s is taken", (_what, bytes) => {
  const path = join(folder, "taken.yaml");
  writeFileSync(path, bytes);
  expect(loadConfig({ config: path }).name).toBe("t");
});

test("the command that is told makes a file that is taken", () => {
  const path = join(folder, "windows.yaml");
  writeFileSync(path, utf16(true));
  const command = /iconv -f \S+ -t UTF-8 \S+/.exec(userError(() => loadConfig({ config: path })).message)![0];
  writeFileSync(path, tool("sh", ["-c", command]).stdout);
  expect(loadConfig({ config: path }).name).toBe("t");
});
