import { EXIT, Interrupted, UserError } from "../../core/errors.js";
import { pace } from "../../core/interruption.js";
import type { Pause } from "./point.js";
import type { ResolvedConfig } from "../../config/load.js";
import type { AnalysisKind, RecordOf } from "../../records/analysis.js";
import type { AnalysisStore } from "../../records/analysis-store.js";
import type { Plan } from "../../records/plan.js";
import type { RunStore } from "../../records/store.js";
import { openSession, type Session } from "../../runs/index.js";
import { openPrograms, type AnalysisContext } from "./context.js";
import type { Ground } from "./ground.js";
import { checkData, checkWeights, openSolution, type Solution } from "./solution.js";
import type { Subject } from "./subjects.js";

/** What is looked at, and where what is found is kept. */
export interface Examined {
  readonly config: ResolvedConfig;
  readonly plan: Plan;
  readonly runs: RunStore;
  readonly analyses: AnalysisStore;
}

/** A way to look at trained models. */
export interface SolutionAnalysis<Kind extends AnalysisKind = AnalysisKind> {
  readonly kind: Kind;
  /** What is to be made of one of them. */
  tasks(config: ResolvedConfig, run: string): Task[];
}

/** One analysis that is wanted. */
interface Task {
  readonly id: string;
  make(context: AnalysisContext, solution: Solution): Promise<void>;
}
type SubjectTask = Task & { readonly subject: Subject };

type GroundOf<Kind extends AnalysisKind> = Omit<Ground<RecordOf<Kind>>, "results" | "onNotice">;

interface Failure {
  readonly id: string;
  readonly subject: Subject;
  readonly reason: string;
}

export interface Analysed<Kind extends AnalysisKind> {
  /** Of all that were asked for and are there now, in the plan's order. */
  readonly records: readonly RecordOf<Kind>[];
  readonly made: number;
  readonly alreadyMade: number;
  readonly failed: readonly Failure[];
}

/** Makes the analyses that are not there yet, one after the other. One that goes wrong is told of, and the others go on.
 *  @throws Interrupted: those that are finished stay; UserError for what concerns all, before anything is computed. */
export async function analyse<Kind extends AnalysisKind>(
  analysis: SolutionAnalysis<Kind>,
  subjects: readonly Subject[],
  examined: Examined,
  ground: GroundOf<Kind>,
): Promise<Analysed<Kind>> {
  const { config, runs, analyses } = examined;
  const tasks = subjects.flatMap((subject) =>
    analysis.tasks(config, subject.cell.id).map((task): SubjectTask => ({ ...task, subject })),
  );
  const todo = tasks.filter(({ id }) => !analyses.has(id));
  checkWeights(runs, [...new Set(todo.map(({ subject }) => subject))]);
  const failed = todo.length === 0 ? [] : await makeAll(analysis.kind, todo, examined, ground);
  return {
    records: tasks.filter(({ id }) => analyses.has(id)).map(({ id }) => analyses.read(analysis.kind, id)),
    made: todo.length - failed.length,
    alreadyMade: tasks.length - todo.length,
    failed,
  };
}

/** @returns those that went wrong. */
async function makeAll<Kind extends AnalysisKind>(
  kind: Kind,
  todo: readonly SubjectTask[],
  examined: Examined,
  { openEngine, data, signal, progress, onFinished }: GroundOf<Kind>,
): Promise<Failure[]> {
  const { config, runs, analyses } = examined;
  const session: Session = openSession(config, await openEngine(config.engine), data);
  const programs = openPrograms();
  const breathe = pace(signal);
  const failed: Failure[] = [];
  progress.begin(`${config.experimentFolder} ${kind.kind}`, todo.length);
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
      try {
        await make({ session, ...examined, programs, begin }, openSolution(session, runs, subject));
        onFinished?.(analyses.read(kind, id));
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
  return failed;
}
