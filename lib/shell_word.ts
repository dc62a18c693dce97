/**
 * Words of a command that somebody copies into a shell.
 *
 * @module
 */

/** A word as a shell reads it back: in single quotes where it holds more than letters, digits and a few harmless signs. */
export function shellWord(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
