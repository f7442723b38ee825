/** What a batch script asks the cluster for. */
export interface BatchSettings {
  readonly partition?: string | undefined;
  readonly account?: string | undefined;
  readonly time?: number | string | undefined;
  readonly gpus?: number | string | undefined;
  readonly cpusPerTask?: number | undefined;
  readonly memory?: string | undefined;
  /** Seconds before the time limit at which a task is told to stop. */
  readonly stopSeconds: number;
  /** Shell lines that come first. */
  readonly setup: readonly string[];
  /** Further lines for sbatch. */
  readonly extra: readonly string[];
}

/** A job array of one experiment. */
export interface Batch {
  readonly experiment: string;
  readonly tasks: number;
  /** Folder of the tasks' logs, absolute. */
  readonly logs: string;
  /** Absolute folder that the command is run in. */
  readonly workFolder: string;
  /** A file that every task must see: it shows that the folder is shared. */
  readonly shared: string;
  /** The program that runs the command, and the command. */
  readonly node: string;
  readonly command: readonly string[];
}

/** Exit code of the command when it was told to stop and has work left. */
const INTERRUPTED = 130;

/** The text of the batch script: every task runs the same command on the shared folder. Before its time limit Slurm sends
 *  USR1 to the script, which has the command write its checkpoints and puts the task back into the queue. */
export function batchScript(settings: BatchSettings, batch: Batch): string {
  const options: [string, string | number | undefined][] = [
    ["job-name", `metamd-${batch.experiment}`],
    ["array", `0-${batch.tasks - 1}`],
    ["output", logPattern(batch.logs)],
    ["open-mode", "append"],
    ["signal", `B:USR1@${settings.stopSeconds}`],
    ["partition", settings.partition],
    ["account", settings.account],
    ["time", settings.time],
    ["gres", settings.gpus === undefined ? undefined : `gpu:${settings.gpus}`],
    ["cpus-per-task", settings.cpusPerTask],
    ["mem", settings.memory],
  ];
  const lines = options.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${quotedOption(value)}`]));
  return `#!/bin/bash
${[...lines, "--requeue", ...settings.extra].map((line) => `#SBATCH ${line}`).join("\n")}

# One task of a job array; all run the same command and share its runs through the results folder.
fail() { echo "metamd: $*" >&2; exit 2; }
task="\${SLURM_ARRAY_JOB_ID:-}_\${SLURM_ARRAY_TASK_ID:-}"
${ownLog(batch.logs)}echo "metamd: task $task on $(hostname), start $((1 + \${SLURM_RESTART_COUNT:-0}))"
shared=${quoted(batch.shared)}
[ -f "$shared" ] || fail "$(hostname) does not see $shared: the results folder must be on a disk that all machines share"
cd ${quoted(batch.workFolder)} || fail "$(hostname) does not see the folder that the job was submitted from"
program=${quoted(batch.command[0]!)}
[ -f "$program" ] || fail "$(hostname) does not see $program: install metamd on a disk that all machines share"
${settings.setup.map((line) => `${line}\n`).join("")}node=${quoted(batch.node)}
[ -x "$node" ] || node=node
command -v "$node" >/dev/null || fail "$(hostname) has no node: load it with setup in the cluster's settings"

child=
told=no
requeue=no
stop() { told=yes; [ -z "$child" ] || kill -TERM "$child"; }
trap 'requeue=yes; echo "metamd: the time limit is near"; stop' USR1
trap stop TERM INT
"$node" "$program" ${batch.command.slice(1).map(quoted).join(" ")} &
child=$!
[ "$told" = no ] || stop
# A trapped signal ends wait before the command has ended.
wait "$child"; code=$?
while kill -0 "$child" 2>/dev/null; do wait "$child"; code=$?; done
if [ "$code" -eq $((128 + $(kill -l USR1))) ]; then wait "$child"; code=$?; fi
if [ "$requeue" = yes ] && [ "$code" -eq ${INTERRUPTED} ]; then
  echo "metamd: runs are left: task $task goes back into the queue"
  scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
`;
}

/** A word of a shell's command line. */
const quoted = (word: string): string => (/^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** A value of an option in a line for sbatch, which knows quotes, backslashes and comments.
 *  Source: SchedMD/slurm, src/sbatch/opt.c, _get_argument. */
const quotedOption = (value: string | number): string =>
  /[\s"'#\\]/.test(String(value)) ? `"${String(value).replace(/["\\]/g, "\\$&")}"` : String(value);

/** Where Slurm puts the logs. A backslash would end the meaning of %A, and a line's end that of the line: into such a folder
 *  the script writes by itself. */
const logPattern = (folder: string): string =>
  slurmCanName(folder) ? `${folder.replaceAll("%", "%%")}/%A_%a.log` : "/dev/null";

const ownLog = (folder: string): string => (slurmCanName(folder) ? "" : `exec >>${quoted(folder)}/"$task.log" 2>&1\n`);

const slurmCanName = (folder: string): boolean => !/[\\\n]/.test(folder);
