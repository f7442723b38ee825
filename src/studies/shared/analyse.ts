import { EXIT, Interrupted, UserError } from "../../core/errors.js";
import { milliseconds } from "../../core/clock.js";
import type { ProgressReporter } from "../../core/progress.js";
import type { Pause } from "./point.js";
import type { ResolvedConfig } from "../../config/load.js";
import type { Engine } from "../../engine/engine.js";
import type { AnalysisOf } from "../../records/analysis.js";
import type { AnalysisStore } from "../../records/analysis-store.js";
import type { Plan } from "../../records/plan.js";
import type { RunStore } from "../../records/store.js";
import { openSession } from "../../runs/index.js";
import { openPrograms, type AnalysisContext, type SolutionKind } from "./context.js";
import { landscape, landscapeId } from "../landscape/run.js";
import { rank, rankId } from "../rank/run.js";
import { sharpness, sharpnessId } from "../sharpness/run.js";
import { checkData, checkWeights, openSolution, type Solution } from "./solution.js";
import type { Subject } from "./subjects.js";

/** What analyses are made on. */
export interface AnalysisGround {
  readonly config: ResolvedConfig;
  readonly plan: Plan;
  readonly runs: RunStore;
  readonly analyses: AnalysisStore;
  readonly dataFolder: string;
  /** Called where something is to be computed. */
  openEngine(): Promise<Engine>;
}

export interface Analysed<Kind extends SolutionKind> {
  /** Of all that were asked for and are there now, in the plan's order. */
  readonly records: readonly AnalysisOf<Kind>[];
  readonly made: number;
  readonly alreadyMade: number;
  readonly failed: readonly { readonly id: string; readonly subject: Subject; readonly reason: string }[];
}

/** One analysis that is wanted. */
interface Task {
  readonly id: string;
  readonly subject: Subject;
  make(context: AnalysisContext, solution: Solution): Promise<void>;
}

/** The analyses of one trained model that a kind stands for. */
function tasksOf(kind: SolutionKind, config: ResolvedConfig, subject: Subject): Task[] {
  const run = subject.cell.id;
  switch (kind) {
    case "sharpness":
      return [{ id: sharpnessId(config, run), subject, make: sharpness }];
    case "landscape":
      return [{ id: landscapeId(config, run), subject, make: landscape }];
    case "rank":
      return config.analysis.rank.splits.map((split) => ({
        id: rankId(split, run),
        subject,
        make: (context, solution) => rank(context, solution, split),
      }));
  }
}

/** Milliseconds between looks at the signal: an engine's call is synchronous, so the loop has to let events in. */
const BREATH = 50;

/** Makes the analyses of a kind that are not there yet, one after the other. One that goes wrong is told of, and the
 *  others go on. @param onFinished is told of every one that was made.
 *  @throws Interrupted: those that are finished stay; UserError for what concerns all, before anything is computed. */
export async function analyse<Kind extends SolutionKind>(
  kind: Kind,
  subjects: readonly Subject[],
  ground: AnalysisGround,
  progress: ProgressReporter,
  signal: AbortSignal,
  onFinished: (record: AnalysisOf<Kind>) => void = () => undefined,
): Promise<Analysed<Kind>> {
  const { config, plan, runs, analyses } = ground;
  const tasks = subjects.flatMap((subject) => tasksOf(kind, config, subject));
  const todo = tasks.filter(({ id }) => !analyses.has(id));
  checkWeights(runs, [...new Set(todo.map(({ subject }) => subject))]);
  const failed: Analysed<Kind>["failed"][number][] = [];
  const recordOf = (id: string): AnalysisOf<Kind> => analyses.read(id) as AnalysisOf<Kind>;
  if (todo.length > 0) {
    const session = openSession(config, await ground.openEngine(), ground.dataFolder);
    const programs = openPrograms();
    let breath = milliseconds();
    const breathe = async (): Promise<void> => {
      if (milliseconds() - breath < BREATH) return;
      await new Promise((resolve) => setImmediate(resolve));
      breath = milliseconds();
      if (signal.aborted) throw new Interrupted();
    };
    progress.begin(`${config.experimentFolder} ${kind}`, todo.length);
    try {
      for (const { subject } of todo) checkData(session, subject);
      for (const [done, { id, subject, make }] of todo.entries()) {
        if (signal.aborted) throw new Interrupted();
        const { method, holdout, trial } = subject.cell;
        const begin = (part: string, batches: number): Pause => {
          let seen = 0;
          return () => {
            const label = `${done}/${todo.length}, ${part} of ${method} ${holdout} trial ${trial}`;
            progress.at(done + ++seen / batches, label);
            return breathe();
          };
        };
        const context: AnalysisContext = { session, config, plan, runs, analyses, programs, begin };
        try {
          await make(context, openSolution(session, runs, subject));
          onFinished(recordOf(id));
        } catch (error) {
          const ofOne = !(error instanceof UserError) || error.exitCode === EXIT.runFailed;
          if (error instanceof Interrupted || !ofOne) throw error;
          failed.push({ id, subject, reason: error instanceof Error ? error.message : String(error) });
        }
      }
    } finally {
      progress.end();
      programs.close();
      session.close();
    }
  }
  return {
    records: tasks.filter(({ id }) => analyses.has(id)).map(({ id }) => recordOf(id)),
    made: todo.length - failed.length,
    alreadyMade: tasks.length - todo.length,
    failed,
  };
}
