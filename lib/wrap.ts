/**
 * Breaking text into lines.
 *
 * @module
 */

/** How many terminal columns a text without control characters takes. */
export type Measure = (text: string) => number;

/** Options of {@linkcode wrap}. */
export interface WrapOptions {
  /** Default: one column for each character. */
  measure?: Measure;
  /** Whether a word wider than a line is broken, or has a line of its own, so that it can be copied. Default: whole. */
  longWords?: "break" | "whole";
}

/**
 * Breaks a text at spaces into lines of at most `columns`; at least one line. Takes time in proportion to the text, one
 * long word included.
 */
export function wrap(text: string, columns: number, options: WrapOptions = {}): string[] {
  const { measure = (part) => part.length, longWords = "whole" } = options;
  const lines: string[] = [];
  // The words of the current line are joined at its end: a line that grew word by word would be copied each time.
  let words: string[] = [];
  let used = 0;
  const endLine = () => {
    if (words.length > 0) lines.push(words.join(" "));
    words = [];
  };
  for (const word of text.split(" ")) {
    const width = measure(word);
    if (words.length > 0 && used + 1 + width <= columns) {
      words.push(word);
      used += 1 + width;
      continue;
    }
    endLine();
    const pieces = width > columns && longWords === "break" ? breakWord(word, columns, measure) : [word];
    const rest = pieces.pop()!;
    lines.push(...pieces);
    if (rest === "") continue;
    words = [rest];
    used = pieces.length > 0 ? measure(rest) : width;
  }
  endLine();
  return lines.length > 0 ? lines : [""];
}

/** Pieces of at most `columns` each; a single character that is wider is a piece of its own. */
function breakWord(word: string, columns: number, measure: Measure): string[] {
  const pieces: string[] = [];
  let start = 0, used = 0;
  for (const { segment, index } of new Intl.Segmenter().segment(word)) {
    const width = measure(segment);
    if (used + width > columns && index > start) {
      pieces.push(word.slice(start, index));
      start = index;
      used = 0;
    }
    used += width;
  }
  return [...pieces, word.slice(start)];
}
