/** Options that every command takes. */
export interface GlobalFlags {
  readonly config?: string;
  readonly set: string[];
  readonly results: string;
  readonly data: string;
  readonly engine: "auto" | "tensorflow" | "wasm" | "reference";
  readonly threads?: number;
  readonly preset?: string;
  readonly seed?: number;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}
