import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { inNode } from "../support/binary.js";
import { scratchFolder } from "../support/folder.js";

test("signs of life that nobody has stopped keep no process alive", async () => {
  const leases = join(packageRoot(), "dist", "src", "records", "leases.js");
  const { code, stdout, stderr } = await inNode(
    `import { openLeases } from ${JSON.stringify(leases)};
     console.log(openLeases(process.argv[1]).take("0123456789abcdef"));`,
    [scratchFolder()],
  );
  expect([code, stdout, stderr]).toEqual([0, "true\n", ""]);
});
