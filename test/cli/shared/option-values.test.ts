import { expect, test } from "vitest";
import { gpuList } from "../../../src/cli/shared/option-values.js";

test.each(["0", "0,1", "1000", "GPU-5d5ba0d6-d33d", "GPU-aa,1", "MIG-1", "MIG-GPU-bbbb/7/0"])(
  "--gpus %j names GPUs, here or not",
  (text) => {
    expect(gpuList(text)).toEqual(text.split(","));
  },
);

test.each(["", "0,", "0,0", "-1", "G", "GPU-", "MIG-"])("--gpus %j is refused, with what it takes", (text) => {
  expect(() => gpuList(text)).toThrow(
    "give numbers like 0,1, or UUIDs or what they begin with (metamd engine info), each once",
  );
});
