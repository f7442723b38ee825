/** Why a try failed: "retry" the same mirror later, or go to the "next" one at once. */
export class TransferFailure extends Error {
  constructor(
    readonly kind: "retry" | "next",
    message: string,
    /** What the server asked to wait. */
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
    this.name = "TransferFailure";
  }
}
