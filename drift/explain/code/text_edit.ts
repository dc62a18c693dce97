/**
 * Changes of a text. Pure.
 *
 * @module
 */

import type { Span } from "./syntax.ts";

/** What shall stand in place of a stretch of text. */
export interface TextEdit extends Span {
  /** The new text. */
  text: string;
}

/** A text with changes made; two at one place are made in their order. */
export function apply(text: string, edits: readonly TextEdit[]): string {
  let result = "", from = 0;
  for (const edit of edits.toSorted((one, other) => one.start - other.start)) {
    result += text.slice(from, edit.start) + edit.text;
    from = Math.max(from, edit.end);
  }
  return result + text.slice(from);
}

/** The stretch of whole lines that something takes, with what else stands on them only where that is white space or a comment. */
export function wholeLines(text: string, { start, end }: Span): Span | undefined {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const rest = /^[ \t]*,?[ \t]*(?:(?:#|\/\/)[^\n]*|\/\*[^\n]*\*\/[ \t]*)?\r?(?:\n|$)/.exec(text.slice(end));
  return text.slice(from, start).trim() === "" && rest ? { start: from, end: end + rest[0].length } : undefined;
}
