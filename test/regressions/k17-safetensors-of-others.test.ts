import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inMemory } from "../../src/core/large-file.js";
import { createModel } from "../../src/models/index.js";
import { pretrained, stateDict, withoutPrefix, type Stored } from "../../src/models/torch-layout.js";
import { everyParameter } from "../../src/models/model.js";
import { decodeTyped } from "../../src/records/safetensors.js";
import { inspectFile } from "../../src/records/inspect.js";
import { loadConfig } from "../../src/config/load.js";
import { scratchFolder, userError } from "../support/folder.js";
import { writeSmallConfig } from "../support/small-config.js";

/** A file of one tensor beside a float32, as the format's own writer makes it. */
function file(dtype: string, shape: readonly number[], hex: string, more: object = {}, header: object = {}): Buffer {
  const data = Buffer.concat([Buffer.from("0000803f", "hex"), Buffer.from(hex, "hex")]);
  const json = Buffer.from(
    JSON.stringify({
      ...header,
      w: { dtype: "F32", shape: [1], data_offsets: [0, 4], ...more },
      q: { dtype, shape, data_offsets: [4, data.length], ...more },
    }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

const DTYPES: readonly (readonly [dtype: string, hex: string, values: readonly number[]])[] = [
  ["BOOL", "0001", [0, 1]],
  ["U8", "00ff", [0, 255]],
  ["I8", "7f80", [127, -128]],
  ["U16", "0100ffff", [1, 65535]],
  ["I16", "01000080", [1, -32768]],
  ["U32", "01000000ffffffff", [1, 4294967295]],
  ["I32", "0100000000000080", [1, -2147483648]],
  ["U64", "01000000000000000000000000010000", [1, 2 ** 40]],
  ["I64", "ffffffffffffffff0000000000010000", [-1, 2 ** 40]],
  ["F16", "003c0080", [1, -0]],
  ["BF16", "803f00c0", [1, -2]],
  ["F8_E4M3", "38c07e0100ff7f", [1, -2, 448, 2 ** -9, 0, NaN, NaN]],
  ["F8_E5M2", "3cc07b0100fc7d", [1, -2, 57344, 2 ** -16, 0, -Infinity, NaN]],
  ["F8_E8M0", "7f80ff", [1, 2, NaN]],
  ["F32", "0000803f000000c0", [1, -2]],
  ["F64", "000000000000f03f", [1]],
];

const folder = scratchFolder();
describe("every type of the format", () => {
  test.each(DTYPES)("%s is read, and shown as it is", (dtype, hex, values) => {
    const path = join(folder, `${dtype}.safetensors`);
    writeFileSync(path, file(dtype, [values.length], hex));
    const { tensors } = decodeTyped(inMemory(file(dtype, [values.length], hex)), "x");
    expect([...tensors.q!.values]).toEqual(values);
    expect(tensors.q!.dtype).toBe(dtype);
    const found = inspectFile(path);
    const shown = found.kind === "tensors" && found.tensors.find(({ name }) => name === "q")!.type;
    expect(shown).toBe({ F32: "float32", F64: "float64", I32: "int32" }[dtype] ?? dtype);
  });

  test.each(["C64", "F4", "F6_E2M3", "F6_E3M2"])("%s is named, not called damaged", (dtype) => {
    const error = userError(() => decodeTyped(inMemory(file(dtype, [1], "0000000000000000")), "x"));
    expect(error.exitCode).toBe(3);
    expect(error.message).toMatch(new RegExp(`tensor q: dtype ${dtype}, which is not read\\n.*\\n.*convert it to F32`));
  });

  test("what is no type of the format is damage", () => {
    expect(userError(() => decodeTyped(inMemory(file("F33", [1], "00")), "x")).message).toContain("damaged");
  });
});

test("further members of an entry and metadata that are null are passed over", () => {
  const bytes = file("F32", [1], "00000040", { note: 1, quantised: { by: "x" } }, { __metadata__: null });
  expect(decodeTyped(inMemory(bytes), "x").tensors.q!.values[0]).toBe(2);
});

describe("weights of other programs", () => {
  const model = createModel({ kind: "resnet18s", width: 4, freeze: "none" }, [32, 32, 3], 10);
  const specs = { ...everyParameter(model), ...model.statistics };
  const weights: Record<string, Stored> = stateDict(
    model,
    Object.fromEntries(
      Object.entries(specs).map(([name, { shape }]) => [name, new Float32Array(shape.reduce((a, b) => a * b, 1))]),
    ),
  );
  const prefixed = (prefix: string, more: Record<string, Stored> = {}): Record<string, Stored> => ({
    ...Object.fromEntries(Object.entries(weights).map(([name, held]) => [prefix + name, held])),
    ...more,
  });

  test.each(["module.", "_orig_mod.", "module._orig_mod.", "model.", "backbone.", "state_dict.net."])(
    "names that begin with %s are told in one line, and taken on request",
    (prefix) => {
      const { message, exitCode } = userError(() => pretrained(model, prefixed(prefix), "w.safetensors"));
      expect(exitCode).toBe(3);
      expect(message.split("\n")).toHaveLength(3);
      expect(message).toContain(`w.safetensors: all names begin with ${prefix}\n`);
      expect(message).toContain(`--set model.pretrainedPrefix=${prefix}`);
      expect(pretrained(model, withoutPrefix(prefixed(prefix), prefix), "w").head).toBe("taken");
    },
  );

  test("also where other names are beside them", () => {
    const other = { step: { shape: [1], values: Float32Array.of(1) } };
    const { message } = userError(() => pretrained(model, prefixed("module.", other), "w"));
    expect(message).toContain("w: the model's names begin with module.");
    expect(pretrained(model, withoutPrefix(prefixed("module.", other), "module."), "w").head).toBe("taken");
  });

  test("weights of another network give a message that fits on a screen", () => {
    const { message } = userError(() => pretrained(model, { other: { shape: [1], values: Float32Array.of(1) } }, "w"));
    expect(message).toMatch(/more names that do not fit/);
    expect(message.length).toBeLessThan(6000);
  });

  test("integers are no weights", () => {
    const [name, held] = Object.entries(weights)[0]!;
    const quantised = { ...weights, [name]: { ...held, dtype: "I8" } };
    expect(userError(() => pretrained(model, quantised, "w")).message).toContain(`w ${name}: dtype I8`);
  });

  test("the key is the config's, and alone it is refused", () => {
    const resnet = writeSmallConfig(folder, "", "kind: mlp, hidden: [16]", "kind: resnet18s, width: 4");
    const set = ["suite.image={size: 32, channels: 3}", "model.pretrainedPrefix=module."];
    expect(loadConfig({ config: resnet, set: [...set, "model.pretrained=w.safetensors"] }).model).toMatchObject({
      pretrainedPrefix: "module.",
    });
    expect(userError(() => loadConfig({ config: resnet, set })).message).toContain("model.pretrainedPrefix");
  });
});
