import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../../src/core/files.js";

// Another engine's libraries must not be what makes this one work, so each opens in a process of its own.
test.each(["wasm", "reference"])("%s computes a gradient with no other engine loaded", (name) => {
  const script = `
    const engine = (path) => import(${JSON.stringify(join(packageRoot(), "dist/src/engine"))} + "/" + path);
    const { openNamedEngine } = await engine("open.js");
    await openNamedEngine(${JSON.stringify(name)});
    const { valueAndGrad } = await engine("grad.js");
    const { scalarTensor, hostArray } = await engine("memory.js");
    const { mean, square } = await engine("ops.js");
    const { grads } = valueAndGrad(({ x }) => mean(square(x)), { x: scalarTensor(3) });
    process.stdout.write(String(hostArray(grads.x)[0]));`;
  const out = execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
  expect(out).toBe("6");
});
