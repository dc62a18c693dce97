/**
 * Counts in words.
 *
 * @module
 */

/** `1 resource`, `2 resources`. */
export function many(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
