import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.js";
import { inEpochs, stepsOf } from "../../src/config/length.js";
import { scratchFolder, userError } from "../support/folder.js";
import { BASE, configWriter } from "./fixtures.js";

const write = configWriter(scratchFolder());
const lengthIn = (text: string) => loadConfig({ config: write(BASE.replace("steps: 100", `steps: ${text}`)) });

describe("length of a run", () => {
  it("is steps or whole epochs", () => {
    expect(
      [lengthIn("7"), lengthIn("1 epoch"), lengthIn("10 epochs")].map(({ training }) => stepsOf(training.steps, 40)),
    ).toEqual([7, 40, 400]);
    expect([stepsOf("3 epochs", 70 / 30), stepsOf("10 epochs", 39.0625), stepsOf("2 epochs", 1.2)]).toEqual([
      7, 391, 2,
    ]);
    expect(inEpochs("2 epochs")).toBe(true);
    expect(inEpochs(2)).toBe(false);
  });

  it.each(["0", "0 epochs", "1.5 epochs", "ten epochs", "epochs", "-1"])("is not %s", (text) => {
    expect(userError(() => lengthIn(text)).message).toMatch(
      /config-\d+\.yaml:8 training\.steps: given "?[^]*accepted: integers above 0, or epochs like "10 epochs"/,
    );
  });
});
