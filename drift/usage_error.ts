/**
 * What the user has to put right before anything can be checked.
 *
 * @module
 */

/** A wrong command line or configuration: the message is all that the user sees, the exit code is 64. */
export class UsageError extends Error {
  /** How it is told from a fault of ours. */
  override name = "UsageError";
}
