import { milliseconds } from "../../core/clock.js";
import { Interrupted, EXIT, UserError } from "../../core/errors.js";
import { isWorkingFolderGone } from "../../core/files.js";
import { DEAD_SECONDS } from "../../core/heartbeat.js";
import { isStopped } from "../../core/liveness.js";
import { residentBytes } from "../../core/memory.js";
import { startWorker, WorkerDied, type WorkerProcess, type WorkerProgram } from "./worker-process.js";

/** Worker processes on this machine that run tasks. */
export interface Pool {
  /** Runs one task on a free worker. A worker that dies while it computes a task costs that one retry.
   *  @param onComputed when its worker has room for another one, before it ends.
   *  @returns what the worker's handler returned.
   *  @throws Interrupted, WorkerDied, or what the handler threw: a UserError with its faults, anything else by its message. */
  run(
    task: unknown,
    onProgress: (amount: number) => void,
    signal: AbortSignal,
    onComputed?: () => void,
  ): Promise<unknown>;
  /** Ends the workers, at once. */
  close(): void;
}

/** How the pool starts its workers. */
export interface PoolSettings extends Omit<WorkerProgram, "environment"> {
  /** Variables of the workers' environments, one set a worker that runs at the same time; absent: none. */
  readonly environments?: readonly Readonly<Record<string, string>>[];
  /** Memory that a worker may hold; one that holds more is ended, which costs its task one retry in a fresh one. */
  readonly memoryBytes?: number;
}

/** Times that a task is begun. */
const TRIES = 2;
/** Milliseconds between looks at the memory of the workers, and at whether they stand still. */
const LOOK_EVERY = 500;
/** Times that a worker is started when something kills it before it is ready. */
const STARTS = 3;

/** Starts no process yet: workers start with the first tasks.
 *  @param onReady is given what each worker says of itself. */
export function openPool(
  { memoryBytes, ...program }: PoolSettings,
  onReady: (about: unknown, isFirst: boolean) => void,
): Pool {
  const crew = newCrew(program);
  let [announced, closed] = [false, false];
  const watching = watch(crew.workers, memoryBytes);
  const close = (): void => {
    closed = true;
    clearInterval(watching);
    for (const worker of crew.workers) worker.kill();
    process.off("exit", close);
  };
  process.on("exit", close);

  const begin = async (starts = 1): Promise<WorkerProcess> => {
    const worker = crew.start();
    try {
      const about = await worker.ready();
      onReady(about, !announced);
      announced = true;
      return worker;
    } catch (error) {
      if (!(error instanceof WorkerDied)) throw error;
      if (error.killed && !closed && starts < STARTS) return begin(starts + 1);
      throw stillborn(error);
    }
  };
  const attempt = async (
    task: unknown,
    onProgress: (amount: number) => void,
    signal: AbortSignal,
    onComputed: () => void,
  ): Promise<unknown> => {
    const worker = crew.takeIdle() ?? (await begin().catch((error: unknown) => refuse(error, signal)));
    let isResting = false;
    const rest = (): void => {
      if (!isResting) crew.rest(worker);
      isResting = true;
    };
    try {
      if (signal.aborted) throw new Interrupted();
      return await worker.run(task, onProgress, signal, () => {
        rest();
        onComputed();
      });
    } finally {
      rest();
    }
  };
  const run: Pool["run"] = (task, onProgress, signal, onComputed = () => undefined) =>
    retried(
      (onMore) => attempt(task, onMore, signal, onComputed),
      onProgress,
      () => closed,
    );
  return { run, close };
}

/** The workers that live, each in an environment that no other has. */
interface Crew {
  readonly workers: ReadonlySet<WorkerProcess>;
  start(): WorkerProcess;
  /** One on the device that fewest others use. */
  takeIdle(): WorkerProcess | undefined;
  /** A worker that lives is idle from now on. */
  rest(worker: WorkerProcess): void;
}

function newCrew({ environments = [], ...program }: Omit<PoolSettings, "memoryBytes">): Crew {
  /** The number of each worker's environment. */
  const places = new Map<WorkerProcess, number>();
  const workers = new Set<WorkerProcess>();
  const idle: WorkerProcess[] = [];
  /** What its environment has it compute on. */
  const deviceOf = (worker: WorkerProcess): string => JSON.stringify(environments[places.get(worker)!]);
  return {
    workers,
    start() {
      const place = environments.findIndex((_, i) => ![...places.values()].includes(i));
      const worker = startWorker({ ...program, environment: environments[place] }, () => {
        workers.delete(worker);
        places.delete(worker);
        if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
      });
      workers.add(worker);
      places.set(worker, place);
      return worker;
    },
    takeIdle() {
      const busy = new Map<string, number>();
      for (const worker of workers)
        if (!idle.includes(worker)) busy.set(deviceOf(worker), (busy.get(deviceOf(worker)) ?? 0) + 1);
      const besides = (worker: WorkerProcess): number => busy.get(deviceOf(worker)) ?? 0;
      const worker = idle.toSorted((a, b) => besides(b) - besides(a)).at(-1);
      if (worker !== undefined) idle.splice(idle.indexOf(worker), 1);
      return worker;
    },
    rest(worker) {
      if (workers.has(worker)) idle.push(worker);
    },
  };
}

/** Begins a task again where its worker died while it computed it, and takes back the progress that this one reported. */
async function retried(
  attempt: (onProgress: (amount: number) => void) => Promise<unknown>,
  onProgress: (amount: number) => void,
  isClosed: () => boolean,
): Promise<unknown> {
  for (let attempts = 1; ; attempts++) {
    let reported = 0;
    const onMore = (amount: number): void => {
      reported += amount;
      onProgress(amount);
    };
    try {
      return await attempt(onMore);
    } catch (error) {
      if (!(error instanceof WorkerDied) || error.wasComputed || attempts === TRIES || isClosed()) throw error;
      onProgress(-reported);
    }
  }
}

/** Ends, from time to time, the workers that hold too much, and those that somebody stopped. */
function watch(workers: ReadonlySet<WorkerProcess>, memoryBytes = Infinity): NodeJS.Timeout {
  const stoppedSince = new Map<WorkerProcess, number>();
  const look = (): void => {
    for (const worker of workers) {
      if (memoryBytes < Infinity && residentBytes(worker.pid) > memoryBytes) worker.kill(overCeiling(memoryBytes));
      if (worker.pid === undefined || !isStopped(worker.pid)) stoppedSince.delete(worker);
      else if (!stoppedSince.has(worker)) stoppedSince.set(worker, milliseconds());
      else if (milliseconds() - stoppedSince.get(worker)! > DEAD_SECONDS * 1000)
        worker.kill(`it made no progress for ${DEAD_SECONDS} s`);
    }
  };
  return setInterval(look, LOOK_EVERY).unref();
}

const overCeiling = (bytes: number): string =>
  `it used more than ${(bytes / 1e9).toFixed(1)} GB; --memory raises the ceiling, fewer --jobs leave more for each`;

/** No task is to blame, and every other worker would end the same way. */
function stillborn({ message }: Error): UserError {
  if (isWorkingFolderGone())
    return new UserError(EXIT.usage, {
      where: "working folder",
      given: "it has vanished while the program ran, and no worker process starts without one",
      accepted: "a folder that stays",
      hint: "find out what removes it, and run the same command again from another one",
    });
  return new UserError(EXIT.engine, {
    where: "worker process",
    given: `ended before it was ready: ${message}`,
    hint: "--jobs 1 runs everything in one process; --engine wasm takes the embedded engine",
  });
}

/** What ends everything may reach a worker first. */
function refuse(error: unknown, signal: AbortSignal): never {
  throw signal.aborted ? new Interrupted() : error;
}
