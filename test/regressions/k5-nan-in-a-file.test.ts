// Numbers of a file that are NaN or infinite made runs diverge as a result; now they are refused by name.
import { join } from "node:path";
import { expect, test } from "vitest";
import { EXIT } from "../../src/core/errors.js";
import { createModel } from "../../src/models/index.js";
import { initialise } from "../../src/models/initialise.js";
import { everyParameter } from "../../src/models/model.js";
import { pretrained, stateDict } from "../../src/models/torch-layout.js";
import { readLearned, writeLearned } from "../../src/records/learned.js";
import { scratchFolder, userError } from "../support/folder.js";

const folder = scratchFolder();
const FLAWS = { NaN, Infinity, "-Infinity": -Infinity };

test.each(Object.entries(FLAWS))("%s in initial weights", (_name, flaw) => {
  const model = createModel({ kind: "mlp", hidden: [4] }, [2, 2, 1], 3);
  const values = initialise(everyParameter(model), 1);
  values["fc1.weight"]![3] = flaw;
  values["fc2.bias"]!.fill(flaw);
  const error = userError(() => pretrained(model, stateDict(model, values), "w.safetensors"));
  expect(error.exitCode).toBe(EXIT.data);
  expect(error.faults.map(({ where, given }) => [where, given])).toEqual([
    ["w.safetensors fc1.weight", "1 of 16 numbers are NaN or infinite"],
    ["w.safetensors fc2.bias", "3 of 3 numbers are NaN or infinite"],
  ]);
});

test.each(Object.entries(FLAWS))("%s in a learned file", (name, flaw) => {
  const path = join(folder, name, "optimiser.safetensors");
  writeLearned(path, {
    numerics: 2,
    method: "metamd",
    run: "0123456789abcdef",
    settings: {},
    domains: ["mnist"],
    model: { kind: "mlp" },
    parameters: { "fc1.weight": [2, 3] },
    blocks: { "fc1.weight": { rows: 2, columns: 3 } },
    shared: [],
    values: { "fc1.weight": { a: Float32Array.of(0, flaw, flaw), b: Float32Array.of(1, 2) } },
  });
  const error = userError(() => readLearned(path));
  expect(error.exitCode).toBe(EXIT.data);
  expect(error.faults[0]).toMatchObject({
    where: path,
    given: "tensor fc1.weight/a: 2 of 3 numbers are NaN or infinite",
  });
});
