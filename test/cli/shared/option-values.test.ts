import { expect, test } from "vitest";
import { gpuList } from "../../../src/cli/shared/option-values.js";

test.each(["0", "0,1", "1000", "GPU-5d5ba0d6-d33d", "GPU-aa,1"])("--gpus %j names GPUs, here or not", (text) => {
  expect(gpuList(text)).toEqual(text.split(","));
});

test.each(["", "0,", "0,0", "-1", "G", "GPU-", "MIG-1"])("--gpus %j is refused, with what it takes", (text) => {
  expect(() => gpuList(text)).toThrow("give numbers like 0,1, or UUIDs (metamd engine info), each once");
});
