import type { z } from "zod";
import type { ConfigFlags } from "../../config/read-config.js";
import type { ProgressReporter } from "../../core/progress.js";
import { counted } from "../../core/wording.js";
import type { Engine, EngineName, EngineOptions, EngineSwitches } from "../../engine/engine.js";
import type { Share } from "../../engine/share.js";
import type { Brought } from "../../plugins/index.js";
import type { AnalysisRecord } from "../../records/analysis.js";
import type { StudyShow } from "../../reporting/study-show.js";
import type { Ground } from "./ground.js";
import type { Printed, Reader, ShowModule } from "./printed.js";

/** An option of a study's command. */
export interface StudyOption {
  /** As usage shows it: "--points <n>". */
  readonly flags: string;
  readonly description: string;
  /** What is given: absent: a text, or nothing at all where the flag takes no value; list: it may be given several times. */
  readonly takes?: "integer" | "positive integer" | "list";
  readonly default?: number;
}

/** A study's command, in words. */
interface StudyCommand {
  readonly name: string;
  /** Whether it is `metamd <name>`, not `metamd analyse <name>`. */
  readonly alone?: true;
  readonly description: string;
  readonly options?: readonly StudyOption[];
  /** After the options: what else to know, and an example. */
  readonly help: string;
  /** What an interruption makes it do; absent: it is too short to be stopped. */
  readonly stopping?: string;
}

/** The schema of config files without their presets. @param dataFolder folder of all datasets, for the user's own domains.
 *  @param brought what plug-ins bring, for configs that take any. */
export type ConfigSchema = (dataFolder?: string, brought?: Brought) => z.ZodType;

/** What a study is asked for. Its own options come beside these. */
export interface StudyRequest extends ConfigFlags {
  readonly set: readonly string[];
  readonly results: string;
  readonly data: string;
  readonly engine: EngineName | "auto";
  readonly threads?: number;
}

/** What a caller hears of a study while it runs. */
interface StudyEvents {
  readonly signal: AbortSignal;
  readonly progress: ProgressReporter;
  onNotice(text: string): void;
}

/** A study as its folder describes it. */
interface Definition<Options, Outcome, Made> {
  readonly command: StudyCommand;
  /** How its engine is opened and told of: named: its name and threads; explained: also why it is not another. */
  readonly engine?: { readonly told: "named" | "explained"; readonly alone?: true };
  /** Of its own config files; absent: it reads those of experiments. */
  config?(): Promise<ConfigSchema>;
  run(request: StudyRequest & Options, ground: Ground<Made>): Promise<Outcome>;
  show(): Promise<ShowModule<Outcome, Made>>;
}

/** A study, whatever it is about. */
export interface Study {
  readonly command: StudyCommand;
  readonly config?: () => Promise<ConfigSchema>;
  show(): Promise<StudyShow>;
  /** Runs it, or takes what is finished. @throws UserError; Interrupted: the same request goes on from there. */
  conduct(request: StudyRequest, events: StudyEvents, reader: Reader): Promise<Printed>;
}

/** Ties what a study does with what is shown of it. */
export const study = <Options, Outcome, Made = AnalysisRecord>({
  command,
  engine,
  config,
  run,
  show,
}: Definition<Options, Outcome, Made>): Study => ({
  command,
  ...(config !== undefined && { config }),
  show: async () => (await show()).show,
  async conduct(request, { signal, progress, onNotice }, reader) {
    const { printed, finishedLine } = await show();
    const ground: Ground<Made> = {
      results: request.results,
      data: request.data,
      openEngine: (switches) => open(request, engine, switches, onNotice),
      signal,
      progress,
      onNotice,
      onFinished: (record) => {
        if (finishedLine !== undefined) onNotice(finishedLine(record));
      },
    };
    return printed(await run(request as StudyRequest & Options, ground), reader);
  },
});

const alone = ({ threads, gpus }: Share): EngineOptions => ({ threads, gpu: gpus[0] });

async function open(
  { engine: choice, threads }: StudyRequest,
  how: Definition<unknown, unknown, unknown>["engine"],
  switches: EngineSwitches | undefined,
  onNotice: (text: string) => void,
): Promise<Engine> {
  const { openEngine } = await import("../../engine/open.js");
  const { processorShare } = await import("../../engine/share.js");
  const options = how?.alone === true ? alone(processorShare(choice, { threads, jobs: 1 })) : { threads };
  const { engine, rejected } = await openEngine(choice, { ...options, ...switches });
  if (how === undefined) return engine;
  const why = how.told === "named" ? [] : rejected.map(({ name, reason }) => ` (${name}: ${reason})`);
  onNotice(`engine ${engine.details.name}, ${counted(engine.details.threads, "thread")}${why.join("")}`);
  return engine;
}
