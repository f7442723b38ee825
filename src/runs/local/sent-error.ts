import { EXIT, UserError, type ExitCode, type Fault } from "../../core/errors.js";

/** An error as another process or thread is told of it. */
export interface SentError {
  readonly message: string;
  readonly exitCode?: ExitCode;
  readonly faults?: Fault[];
}

export function sentError(error: unknown): SentError {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof UserError)) return { message };
  return { message, exitCode: error.exitCode, faults: [...error.faults] };
}

/** @returns a UserError with its faults, anything else by its message. */
export const receivedError = ({ message, exitCode, faults }: SentError): Error =>
  faults === undefined ? new Error(message) : new UserError(exitCode ?? EXIT.runFailed, faults);
