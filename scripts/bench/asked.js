import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A process that answers every line with a line of JSON. @param failure is thrown where it ends.
 *  @returns `ask`, `first`, what it says before it is asked, and `close`. */
export function asked(command, args, failure) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await answers.next();
    if (done) throw failure;
    return JSON.parse(value);
  };
  return {
    first: answer,
    ask(line) {
      child.stdin.write(`${line}\n`);
      return answer();
    },
    close: () => child.stdin.end(),
  };
}
