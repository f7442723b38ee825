import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepCompiled } from "../../src/core/compile-cache.js";
import { scratchFolder } from "../support/folder.js";

const caches = scratchFolder();
const own = join(caches, "metamd", "compiled");

beforeEach(() => {
  vi.stubEnv("NODE_COMPILE_CACHE", undefined);
  vi.stubEnv("XDG_CACHE_HOME", caches);
});
afterEach(() => void vi.unstubAllEnvs());

test("what Node compiles is kept in the program's own folder, for programs that it starts too", () => {
  const enable = vi.fn();
  keepCompiled(enable);
  expect(enable).toHaveBeenCalledExactlyOnceWith(own);
  expect(process.env.NODE_COMPILE_CACHE).toBe(own);
  expect(existsSync(own)).toBe(true);
});

test("a folder that the user chose stays", () => {
  vi.stubEnv("NODE_COMPILE_CACHE", "/mine");
  const enable = vi.fn();
  keepCompiled(enable);
  expect(enable).toHaveBeenCalledExactlyOnceWith("/mine");
  expect(process.env.NODE_COMPILE_CACHE).toBe("/mine");
});

test("where nothing can be kept, that is no fault", () => {
  const enable = vi.fn();
  vi.stubEnv("XDG_CACHE_HOME", "/proc/none");
  keepCompiled(enable);
  expect(enable).not.toHaveBeenCalled();
  vi.stubEnv("XDG_CACHE_HOME", caches);
  keepCompiled(() => {
    throw new Error("no such folder");
  });
  expect(process.env.NODE_COMPILE_CACHE).toBeUndefined();
});
