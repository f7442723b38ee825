// What every test file begins with, the tenth of one process too: there a module's own hooks would be of the first file alone.
import { afterAll, afterEach, beforeEach, vi } from "vitest";
import { beginTest, endFile, endTest } from "./processes.js";

const environment = { ...process.env };

beforeEach(beginTest);
afterEach(endTest);
afterEach(() => void vi.restoreAllMocks());
afterAll(endFile);
// What a file changed would hold for those after it.
afterAll(() => {
  for (const name of Object.keys(process.env)) if (!(name in environment)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, environment);
});
