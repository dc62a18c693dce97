/**
 * The message of a thrown value.
 *
 * @module
 */

/** An error's message; any other thrown value as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
