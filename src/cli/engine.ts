// metamd engine: show which tensor engine runs and why; install, bundle and time the native one.
import { Command, Option } from "commander";
import { interruption } from "../core/interruption.js";
import { DISTURBING, usedByOthersInWords, watchOthers } from "../core/processor.js";
import type { EngineDetails } from "../engine/engine.js";
import type { Timed } from "../training/engine-times.js";
import type { GlobalFlags } from "./shared/globals.js";
import { bytes, positiveInteger } from "./shared/option-values.js";
import { notice, print, printColumns, printJson } from "./shared/print.js";

interface InstallFlags extends GlobalFlags {
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly cpu?: boolean;
  readonly gpu?: boolean;
  readonly from?: string;
}

interface BundleFlags extends GlobalFlags {
  readonly output: string;
  readonly partSize: number;
  readonly gpu?: boolean;
  readonly withNode?: boolean;
}

export function engine(): Command {
  return new Command("engine")
    .description("show which tensor engine runs and why; install, bundle and time the native one")
    .addCommand(info())
    .addCommand(install())
    .addCommand(bundle())
    .addCommand(bench())
    .addHelpText("after", "\nExample: metamd engine info");
}

function info(): Command {
  return new Command("info")
    .description("the engine that runs, why not the others, versions, threads, GPU")
    .addHelpText("after", "\nExample: metamd engine info --engine wasm --json")
    .action(async (_own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags>();
      const { engineInfo } = await import("../engine/info.js");
      const { chosen, rejected, native, gpus, noGpu, node } = await engineInfo(flags.engine, flags);
      if (flags.json) return printJson({ chosen, rejected, native, gpus, noGpu, node });
      const versions = Object.entries({ node, ...chosen.versions }).map(([name, version]) => `${name} ${version}`);
      const rows = [
        ["engine", chosen.name + (flags.engine === "auto" ? " (chosen by auto)" : " (chosen by --engine)")],
        ["versions", versions.join(", ")],
        ["precision", chosen.precision],
        ["steps", chosen.compiled ? "compiled" : "operation by operation"],
        ["threads", String(chosen.threads)],
        ["GPU", noGpu === undefined ? "yes" : `no: ${noGpu.reason}; ${noGpu.hint}`],
        ...gpus.map(({ index, uuid, name, driver, memoryBytes }) => [
          `GPU ${index}`,
          [name, memoryBytes && `${(memoryBytes / 1e9).toFixed(0)} GB`, `driver ${driver}`, uuid]
            .filter(Boolean)
            .join(", "),
        ]),
        ...rejected.map(({ name, reason, hint }) => [`not ${name}`, [reason, hint].filter(Boolean).join("; ")]),
      ];
      if (native !== undefined)
        rows.push(["native", `${native.build} build, ${megabytes(native.bytes)} in ${native.folder}`]);
      if (chosen.name === "tensorflow") rows.push(["own operations", ownOperations(chosen)]);
      print(rows.map(([name, value]) => `${name!.padEnd(16)}${value}`).join("\n"));
    });
}

function ownOperations({ kernels, gpu }: EngineDetails): string {
  if (kernels?.lstm === true) {
    const products = kernels.matMul === true ? ", products" : "";
    return `LSTM, preconditioner, eigenvectors, pooling, updates${products} (${kernels.instructions})`;
  }
  return gpu
    ? "none: they are for processors"
    : "none; metamd engine install adds them where the processor has AVX2 or is an ARM64";
}

function install(): Command {
  return new Command("install")
    .description(
      "install the native engine: a pinned, checksummed TensorFlow from PyPI; needs python3 with pip and a C++ compiler",
    )
    .option("--force", "install again although it is there")
    .option("--dry-run", "show what would be done, and do nothing")
    .addOption(new Option("--cpu", "the CPU build, also where there is a GPU").conflicts("gpu"))
    .option("--gpu", "the CUDA build, also where no GPU is seen")
    .option("--from <folder>", "from what metamd engine bundle packed: no network, Python or compiler is needed")
    .addHelpText("after", "\nExample: metamd engine install --dry-run")
    .action(async (_own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<InstallFlags>();
      const { findGpus, hasNvidiaGpu } = await import("../engine/gpus.js");
      const installer = await import("../engine/backends/tensorflow/install/install.js");
      const { from, force = false } = flags;
      const asked = flags.gpu === true ? "gpu" : flags.cpu === true ? "cpu" : undefined;
      const isSeen = (): boolean => hasNvidiaGpu() || findGpus().devices.length > 0;
      const build = asked ?? (isSeen() ? "gpu" : "cpu");
      if (flags.dryRun === true) {
        const steps =
          from === undefined
            ? installer.installSteps({ build, force })
            : await installer.installFromSteps({ from, asked }, { force });
        return flags.json ? printJson(steps) : print(steps.map((step, i) => `${i + 1}. ${step}`).join("\n"));
      }
      const stop = interruption();
      const options = { build, force, signal: stop.signal, say: sayUnless(flags.quiet) } as const;
      const installing =
        from === undefined ? installer.install(options) : installer.installFrom({ from, asked }, options);
      const installed = await installing.finally(stop.release);
      if (flags.json) return printJson(installed);
      const { tensorflow, folder, bytes, fresh, runs } = installed;
      const how = fresh ? "installed" : "was installed already (--force installs it again)";
      print(`TensorFlow ${tensorflow} (${installed.build}) ${how}: ${megabytes(bytes)} in ${folder}`);
      if (runs.folder !== folder)
        print(`The ${runs.build} build still runs, since it comes first: delete ${runs.folder} to have this one run.`);
    });
}

function bundle(): Command {
  return new Command("bundle")
    .description("pack the installed native engine into parts with checksums, for machines without a network")
    .requiredOption("--output <folder>", "where the parts go: a folder that is not there yet")
    .option("--part-size <size>", "of a part at most, like 60MB", bytes, 6e7)
    .option("--gpu", "the CUDA build")
    .option("--with-node", "Node and the program too, with install.sh: the other machine needs nothing")
    .addHelpText("after", "\nThere: metamd engine install --from FOLDER, or sh FOLDER/install.sh HOME")
    .addHelpText("after", "\nExample: metamd engine bundle --output engine-bundle --part-size 60MB")
    .action(async (_own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<BundleFlags>();
      const { bundleEngine } = await import("../engine/backends/tensorflow/install/bundle.js");
      const stop = interruption();
      const bundled = await bundleEngine({
        build: flags.gpu === true ? "gpu" : "cpu",
        output: flags.output,
        partBytes: flags.partSize,
        withNode: flags.withNode === true,
        signal: stop.signal,
        say: sayUnless(flags.quiet),
      }).finally(stop.release);
      if (flags.json) return printJson(bundled);
      print(`${bundled.files} files, ${megabytes(bundled.bytes)} in ${bundled.folder}`);
    });
}

function bench(): Command {
  return new Command("bench")
    .description("step times of the engines that are here, interleaved: medians in milliseconds")
    .option(
      "--blocks <n>",
      "rounds of steps: ten of the small models, one of ResNet18 in the first five",
      positiveInteger,
      10,
    )
    .option("--against <file>", "compare with another machine: what engine bench --json printed there")
    .addHelpText("after", "\nExample: metamd engine bench --threads 2")
    .action(async (_own: unknown, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags & { blocks: number; against?: string }>();
      const { apart, compared, inWords, machineInWords, readEngineTimes } = await import("../training/engine-times.js");
      const { against } = flags;
      const there = against === undefined ? undefined : readEngineTimes(against);
      const { benchEngines, WHY_UNTIMED } = await import("../training/bench.js");
      const { fastestThreads } = await import("../runs/index.js");
      let alone: ReturnType<typeof apart> | undefined;
      const starting = (timed: readonly Timed[]): void => {
        if (there === undefined) return;
        alone = apart(timed, there, against!);
        const { onlyHere, onlyThere } = alone;
        if (onlyHere.length > 0) notice(`only here, so not compared: ${inWords(onlyHere)}`);
        if (onlyThere.length > 0) notice(`only there, so not compared: ${inWords(onlyThere)}`);
      };
      const fastest = flags.threads === undefined ? fastestThreads : undefined;
      const byOthers = watchOthers();
      const { threads, engine } = flags;
      const here = await benchEngines({ threads, engine }, flags.blocks, fastest, starting);
      const usedByOthers = byOthers();
      if (usedByOthers >= DISTURBING)
        notice(`${usedByOthersInWords(usedByOthers)}: on a quiet machine they take less, and may with other threads`);
      if (there !== undefined) {
        const rows = compared(here, there);
        if (flags.json) return printJson({ here, there, compared: rows, ...alone });
        const body = rows.map(({ step, engine, here, there }) => [
          step,
          engine,
          here.toFixed(2),
          there.toFixed(2),
          (here / there).toFixed(2),
        ]);
        printColumns(["step, milliseconds", "engine", "here", "there", "here / there"], body);
        for (const [name, one] of Object.entries({ here, there })) notice(`${name}: ${machineInWords(one)}`);
        return;
      }
      if (flags.json) return printJson(here);
      const withThreads = here.rows.some(({ threads }) => threads !== undefined);
      const body = here.rows.map(({ step, milliseconds, threads }) => [
        step,
        ...milliseconds.map((value) => value?.toFixed(2) ?? "-"),
        ...(withThreads ? [threads === undefined ? "-" : String(threads)] : []),
      ]);
      printColumns(["step, milliseconds", ...here.engines, ...(withThreads ? ["fastest with threads"] : [])], body);
      notice(machineInWords(here));
      if (here.rows.some(({ milliseconds }) => milliseconds.includes(null))) notice(WHY_UNTIMED);
    });
}

const sayUnless =
  (quiet: boolean) =>
  (line: string): void => {
    if (!quiet) notice(line);
  };

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
