import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";
import { inNode } from "../support/binary.js";

// Another engine's libraries must not be what makes this one work, so each opens in a process of its own.
test.each(["wasm", "reference"])("%s computes a gradient with no other engine loaded", async (name) => {
  const script = `
    const engine = (path) => import(${JSON.stringify(join(packageRoot(), "dist/src/engine"))} + "/" + path);
    const { openNamedEngine } = await engine("open.js");
    await openNamedEngine(${JSON.stringify(name)});
    const { valueAndGrad } = await engine("grad.js");
    const { scalarTensor, hostArray } = await engine("memory.js");
    const { mean, square } = await engine("ops.js");
    const { grads } = valueAndGrad(({ x }) => mean(square(x)), { x: scalarTensor(3) });
    process.stdout.write(String(hostArray(grads.x)[0]));`;
  expect(await inNode(script)).toMatchObject({ code: 0, stdout: "6" });
});
