/**
 * What an error says.
 *
 * @module
 */

/** The message of whatever was thrown: an error's own, and anything else as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
