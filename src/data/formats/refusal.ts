import { EXIT, UserError } from "../../core/errors.js";

/** What a reader says of a file that is not what it must be. */
export function refusal(where: string, given: string, accepted: string): UserError {
  return new UserError(EXIT.data, { where, given, accepted, hint: "import the official file again" });
}
