// The thread that writes what runs leave.
import { parentPort } from "node:worker_threads";
import { guardOf, TakenOver } from "../../records/fence.js";
import { writeRunFiles } from "../../records/run-files.js";
import { sentError } from "./sent-error.js";
import type { FromWriter, ToWriter } from "./writer.js";

parentPort!.on("message", (task: ToWriter) => parentPort!.postMessage(write(task)));

function write({ files, fence }: ToWriter): FromWriter {
  try {
    writeRunFiles(files, guardOf(fence));
    return { kind: "written" };
  } catch (error) {
    return error instanceof TakenOver ? { kind: "taken over" } : { kind: "failed", ...sentError(error) };
  }
}
