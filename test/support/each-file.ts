// What every test file begins with, the tenth of one process too: there a module's own hooks would be of the first file alone.
import { afterAll, afterEach, beforeEach } from "vitest";
import { beginTest, endFile, endTest } from "./processes.js";

beforeEach(beginTest);
afterEach(endTest);
afterAll(endFile);
