// A disk that fails now and then, for `node --import`: calls of Node's fs on paths with METAMD_FAULTS_BELOW in them fail,
// about one in METAMD_FAULTS_EVERY, at points that METAMD_FAULTS_SEED decides. Some fail after they were done, as a
// server's answer is lost on its way. Every fault is a line in METAMD_FAULTS_LOG.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const {
  METAMD_FAULTS_BELOW: below = "\0",
  METAMD_FAULTS_EVERY: every = "200",
  METAMD_FAULTS_SEED: seed = "1",
  METAMD_FAULTS_LOG: log,
} = process.env;
const CODES = ["EIO", "ESTALE", "EROFS", "ENOSPC", "EDQUOT", "EINTR"];
const real = { ...fs };
let state = Number(seed) >>> 0;
const paths = new Map();

/** Mulberry32. */
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

function fail(name, code, path, done) {
  if (log !== undefined)
    real.appendFileSync(log, `${process.pid} ${name} ${code}${done ? " after it was done" : ""} ${path}\n`);
  throw Object.assign(new Error(`${code}: injected, ${name} '${path}'`), {
    code,
    syscall: name.replace("Sync", ""),
    path,
  });
}

function wrap(name, pathOf, codeAfter) {
  fs[name] = (...args) => {
    const path = pathOf(args);
    const hit = typeof path === "string" && path.includes(below) && random() < 1 / Number(every);
    if (hit && (codeAfter === undefined || random() < 0.5))
      fail(name, CODES[Math.floor(random() * CODES.length)], path, false);
    const result = real[name](...args);
    if (hit) fail(name, codeAfter, path, true);
    if (name === "openSync") paths.set(result, String(args[0]));
    return result;
  };
}

const first = ([path]) => path;
const second = ([, path]) => path;
const ofFile = ([file]) => paths.get(file);
wrap("linkSync", second, "EEXIST");
wrap("renameSync", second, "ENOENT");
wrap("fsyncSync", ofFile);
wrap("writeSync", ofFile);
wrap("utimesSync", first);
wrap("openSync", first);
wrap("writeFileSync", first);
syncBuiltinESMExports();
