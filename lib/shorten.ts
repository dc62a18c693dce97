/**
 * Shortening sentences.
 *
 * @module
 */

/** A text of at most so many characters: what is left out at its end, is so between words, unless one word takes all of it. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${upToWord(text.slice(0, length - 1), text)}…`;
}

/** The beginning of a text, without a word that was cut in its middle; a word of more than 40 characters stays cut. */
function upToWord(start: string, text: string): string {
  const isWhole = start.length >= text.length || /\s/.test(text[start.length]!);
  return (isWhole ? start : start.replace(/\s\S{0,40}$/, "")).replace(/[\ud800-\udbff]$/, "").trimEnd();
}
