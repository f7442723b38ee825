import { expect, test } from "vitest";
import { byteSize } from "../../src/core/wording.js";

test.each([
  [0, "0.0 MB"],
  [11.6e6, "11.6 MB"],
  [999.94e6, "999.9 MB"],
  [999.95e6, "1.0 GB"],
  [2138.6e6, "2.1 GB"],
])("%d bytes are %s", (bytes, said) => {
  expect(byteSize(bytes)).toBe(said);
});
