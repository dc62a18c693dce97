/**
 * The error that both sides of a `file:` sink know.
 *
 * @module
 */

/** A file is no sink, or its options are wrong: for the user to put right before a run. */
export class SinkContractError extends Error {
  /** Tells it from a sink that fails. */
  override name = "SinkContractError";
}
