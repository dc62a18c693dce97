/**
 * Lines of a text. Pure.
 *
 * @module
 */

/** The line of an index, from 1. */
export function lineOf(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < index; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

/** Where the line of an index begins. */
export function lineStart(text: string, index: number): number {
  return text.lastIndexOf("\n", index - 1) + 1;
}

/** Where the line of an index ends, before its line break. */
export function lineEnd(text: string, index: number): number {
  const end = text.indexOf("\n", index);
  const at = end < 0 ? text.length : end;
  return text[at - 1] === "\r" && at > index ? at - 1 : at;
}

/** The white space that a line begins with. */
export function indentAt(text: string, index: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, index)))![0];
}

/** What ends the lines of a text. */
export function lineBreak(text: string): string {
  return /\r\n/.test(text) ? "\r\n" : "\n";
}
