import { expect, test, vi } from "vitest";
import { openLastLine } from "../../../src/cli/shared/last-line.js";

test("clears from the second column on: from the first one tmux keeps what it takes for a cleared screen", () => {
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const line = openLastLine();
  line.show("0% | quickstart");
  process.stderr.write("engine wasm\n");
  line.show("50% | quickstart");
  line.remove();
  const pieces = written.mock.calls
    .map(([text]) => String(text))
    .join("")
    .split("\x1b[J");
  written.mockRestore();
  expect(pieces.length).toBeGreaterThan(4);
  expect(pieces.filter((before) => /engine wasm\n/.test(before))).toHaveLength(1);
  for (const before of pieces.slice(0, -1)) expect(before).toMatch(/\r $/);
});
