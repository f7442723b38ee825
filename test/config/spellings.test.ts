import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.js";
import { scratchFolder, userError } from "../support/folder.js";
import { BASE, configWriter } from "./fixtures.js";

const write = configWriter(scratchFolder());
const RMSPROP = BASE.replace("[sgd, adam, metamd]", "[sgd, adam, rmsprop]");
const withSettings = (settings: string): string =>
  write(RMSPROP.replace("trials: 2", `trials: 2\nmethodSettings: { rmsprop: ${settings} }`));

describe("rmsprop's centered, as PyTorch spells it", () => {
  test("is the same config as centred, from a file, a preset and --set", () => {
    const centred = loadConfig({ config: withSettings("{ centred: true }") });
    expect(centred.resolved.methodSettings.rmsprop).toMatchObject({ centred: true });
    expect(loadConfig({ config: withSettings("{ centered: true }") }).hash).toBe(centred.hash);
    const flag = { set: ["methodSettings.rmsprop.centered=true"] };
    expect(loadConfig({ config: withSettings("{ centred: false }"), ...flag }).hash).toBe(centred.hash);
    const preset = write(`${RMSPROP}  mine:\n    methodSettings: { rmsprop: { centered: true } }\n`);
    expect(loadConfig({ config: preset, preset: "mine" }).hash).toBe(centred.hash);
  });

  test("is named as it was written where its value is wrong", () => {
    const { message } = userError(() => loadConfig({ config: withSettings("{ centered: 3 }") }));
    expect(message).toMatch(/:\d+ methodSettings\.rmsprop\.centered: given 3\n {2}accepted: true, false/);
  });

  test("is an error beside centred", () => {
    const { message } = userError(() => loadConfig({ config: withSettings("{ centered: true, centred: false }") }));
    expect(message).toMatch(/methodSettings\.rmsprop\.centered: unknown key\n.*\n {2}hint: did you mean centred\?/);
  });
});
