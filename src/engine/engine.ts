import type { Leaves, Tree } from "../core/tree.js";
import type { HostArray, TensorSpec } from "./host.js";
import type { Tensor } from "./ops.js";

export type EngineName = "tensorflow" | "wasm" | "reference";

export interface EngineOptions {
  /** Processor threads; default: what the engine finds. */
  readonly threads?: number;
  /** The one GPU that it may use, as CUDA_VISIBLE_DEVICES names it; default: those that are visible. */
  readonly gpu?: string | undefined;
  /** Whether a GPU's memory is taken as it is needed (default), or all of it at once. No number depends on it. */
  readonly gpuMemoryGrowth?: boolean | undefined;
  /** Whether a GPU's products may round their factors to ten bits (default: no). */
  readonly tf32?: boolean | undefined;
  /** Whether a GPU is told to sum in the same order every time (default: yes). */
  readonly deterministic?: boolean | undefined;
}

/** Of these what a config may say. */
export type EngineSwitches = Pick<EngineOptions, "gpuMemoryGrowth" | "tf32" | "deterministic">;

/** What a step computes: a pure function of state and feeds, traced once where the engine compiles.
 *  No reading of values, no `if` on values; a plain number is frozen into the step. */
type StepFunction = (
  state: Tree<Tensor>,
  feeds: Leaves<Tensor>,
) => { readonly state: Tree<Tensor>; readonly outputs: Leaves<Tensor> };

/** One entry point of a program: a step with fixed feed shapes. */
export interface Entry {
  readonly feeds: Leaves<TensorSpec>;
  readonly step: StepFunction;
}

/** State that stays in the engine, and named entry points that read and change it. */
export interface Program<EntryName extends string = string> {
  /** Sets every leaf of the state. */
  load(state: Leaves<HostArray>): void;
  /** Runs one entry; a number feeds a scalar. @returns its outputs, read back. */
  run(entry: EntryName, feeds: Readonly<Record<string, HostArray | number>>): Record<string, HostArray>;
  /** Sets the rows of a feed that the program holds, one after the other; any number of them. */
  hold(feed: string, rows: HostArray): void;
  /** Copies the state out, by path. @param branches first names of the paths that are wanted; none: all. */
  read(...branches: readonly string[]): Record<string, HostArray>;
  dispose(): void;
}

export interface ProgramDefinition<EntryName extends string = string> {
  /** Shapes of the state's leaves, by path ("optimiser/velocity/fc1.weight"). */
  readonly state: Leaves<TensorSpec>;
  readonly entries: Readonly<Record<EntryName, Entry>>;
  /** Feeds [n, ...] whose rows the program holds: what is fed are their places [n] among these, as integers. */
  readonly held?: readonly string[];
}

/** What `engine info` shows of the engine that runs. */
export interface EngineDetails {
  readonly name: EngineName;
  /** Library versions by name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly precision: "float32" | "float64";
  readonly compiled: boolean;
  readonly threads: number;
  readonly gpu: boolean;
  /** The GPU that it computes on; absent: none, or one whose driver does not say. */
  readonly device?: { readonly name: string; readonly driver: string };
  /** Whether a GPU's memory is taken as it is needed, or all of it at once; absent: on a processor. */
  readonly gpuMemoryGrowth?: boolean;
  /** What else decides the numbers; absent: nothing. */
  readonly kernels?: {
    /** The widest vector instructions that the machine has. */
    readonly instructions: string;
    readonly oneDnn?: boolean;
    /** Whether products of a GPU round their factors to ten bits. */
    readonly tf32?: boolean;
    /** Whether a GPU is told to sum in the same order every time. */
    readonly deterministic?: boolean;
    /** L2O's network is one operation of our own; absent: it is composed of others. */
    readonly lstm?: true;
    /** MetaMD's preconditioner is one operation of our own; absent: it is composed of others. */
    readonly rankOneSolve?: true;
    /** Eigenvectors are an operation of our own; absent: the library's. */
    readonly symmetricEigen?: true;
    /** Operations number by number are joined to one of our own, each rounded as it is alone; absent: the library rewrites
     *  what it can. */
    readonly elementwise?: true;
    /** Sums over what these give are taken with them; absent: the library's. */
    readonly sums?: true;
    /** Products of small matrices are an operation of our own; absent: the library's. */
    readonly matMul?: true;
  };
}

export interface Engine {
  readonly details: EngineDetails;
  /** Bytes that the rows may take which a process has its programs hold; absent: it gains nothing by that. */
  readonly heldBytes?: number;
  compile<EntryName extends string>(definition: ProgramDefinition<EntryName>): Program<EntryName>;
  /** Bytes of the machine's memory that a program would hold at most besides its state, in the entry that holds most; absent:
   *  it does not know, or a GPU has them. */
  workingBytes?(definition: ProgramDefinition): number;
}
