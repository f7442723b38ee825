/** Where long work says how far it is; what shows it is the caller's business. */
export interface ProgressReporter {
  /** @param total in the unit of `at` (training steps). */
  begin(title: string, total: number): void;
  at(value: number, label: string): void;
  end(): void;
}

export const SILENT: ProgressReporter = { begin: () => undefined, at: () => undefined, end: () => undefined };
