import { expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.js";
import { scratchFolder, userError } from "../support/folder.js";
import { writeSmallConfig } from "../support/small-config.js";

const folder = scratchFolder();
const config = writeSmallConfig(folder);
const titled = (value: string): string | undefined => loadConfig({ config, set: [`title=${value}`] }).title;

test.each(["exp #2", "#1", "a # b # c", "5 # five", "true #", "two\nlines", "two\n# lines", "no#comment", "a  b"])(
  "--set takes the whole of %j",
  (value) => {
    expect(titled(value)).toBe(value);
  },
);

test("quotes are YAML's", () => {
  expect(titled('"exp #2"')).toBe("exp #2");
  expect(titled("'5'")).toBe("5");
});

test("a file whose name has a hash sign is looked for under its whole name", () => {
  const resnet = writeSmallConfig(folder, "", "kind: mlp, hidden: [16]", "kind: resnet18s, width: 4");
  const set = ["suite.image={size: 32, channels: 3}", "model.pretrained=my w #1.safetensors"];
  expect(loadConfig({ config: resnet, set }).model).toMatchObject({ pretrained: "my w #1.safetensors" });
});

test.each([
  ['title="a" #b', "would be dropped as a comment"],
  ["methods=[sgd] # one", "would be dropped as a comment"],
  ["methods=[sgd, # one\n adam]", "would be dropped as a comment"],
  ["model={kind: mlp} #", "dropped as a comment"],
  ["trials=5 # five", 'given "5 # five"'],
  ["title=&a exp", "anchor &a"],
])("what is no plain text is refused, never cut: %s", (set, says) => {
  const error = userError(() => loadConfig({ config, set: [set] }));
  expect(error.exitCode).toBe(2);
  expect(error.message).toContain(says);
});
