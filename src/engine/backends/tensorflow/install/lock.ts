import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { EXIT, UserError } from "../../../../core/errors.js";

/** Does something while holding a lock file with the process id in it; the lock of a process that is gone is taken over.
 *  @throws UserError (engine) while another process holds it. */
export async function locked<Result>(
  path: string,
  say: (line: string) => void,
  action: () => Promise<Result>,
): Promise<Result> {
  acquire(path, say);
  try {
    return await action();
  } finally {
    rmSync(path, { force: true });
  }
}

function acquire(path: string, say: (line: string) => void): void {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        return linkSync(own, path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const holder = existsSync(path) ? Number(readFileSync(path, "utf8")) : 0;
      if (isAlive(holder)) break;
      say(`taking over the lock of process ${holder}, which is gone`);
      rmSync(path, { force: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
  throw new UserError(EXIT.engine, {
    where: path,
    given: `another installation is running (process ${readFileSync(path, "utf8")})`,
    remedy: "wait for it to end",
  });
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
