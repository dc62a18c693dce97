/**
 * Text for people on a terminal: measured, cut, wrapped. Callers escape control characters of foreign text before (`visible`).
 *
 * @module
 */

import { visible } from "../../lib/visible.ts";
import { type Measure, wrap as wrapText } from "../../lib/wrap.ts";

export type { Measure } from "../../lib/wrap.ts";

// Everything here takes one column in every terminal: ASCII, Latin letters with accents, and the signs we print ourselves.
const NARROW = /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff→…–]*$/;

/** The text in double quotes, so that its ends and its spaces are seen; what is written out cannot be mistaken for what is there. */
export function quoted(text: string): string {
  return `"${visible(text.replace(/[\\"]/g, "\\$&"))}"`;
}

/** True where a text's columns are its characters, so that nothing needs to be measured. */
export function isNarrow(text: string): boolean {
  return NARROW.test(text);
}

/**
 * The measure that knows wide characters. Its tables take 30 ms to load, which a run pays only where a text is not plain.
 */
export async function loadMeasure(): Promise<Measure> {
  const { default: stringWidth } = await import("string-width");
  return (text) => isNarrow(text) ? text.length : stringWidth(text);
}

/** Fills up with spaces to a number of columns. */
export function pad(text: string, columns: number, measure: Measure): string {
  return text + " ".repeat(Math.max(0, columns - measure(text)));
}

/** Cuts a text that is wider than `columns` in its middle, where names and values differ least. */
export function cut(text: string, columns: number, measure: Measure): string {
  if (measure(text) <= columns) return text;
  const head = takeHead(text, Math.ceil((columns - 1) * 0.6), measure);
  const tail = takeTail(text, columns - 1 - measure(head), measure);
  return `${head}…${tail}`;
}

/** Cuts a sentence that is wider than `columns` at its end, between words; a first word that is too long anywhere. */
export function cutSentence(text: string, columns: number, measure: Measure): string {
  if (measure(text) <= columns) return text;
  const head = takeHead(text, columns - 1, measure);
  const end = text[head.length] === " " ? head.length : head.lastIndexOf(" ");
  return `${(end > 0 ? head.slice(0, end) : head).replace(/[\s.,;:]+$/, "")}…`;
}

/** Breaks a text at spaces, and a word that is too long anywhere, into lines of at most `columns`; at least one line. */
export function wrap(text: string, columns: number, measure: Measure): string[] {
  return wrapText(text, columns, { measure, longWords: "break" });
}

/** A sentence in lines of at most `columns`, and at most `most` of them: what is left out at its end, is so between words. */
export function fewLines(text: string, columns: number, most: number, measure: Measure): string[] {
  const lines = wrap(text, columns, measure);
  if (lines.length <= most) return lines;
  // A word that a line is too narrow for is rather left out than broken, unless there is nothing else to say.
  const whole = wrapText(text, columns, { measure });
  const wide = whole.findIndex((line) => measure(line) > columns);
  const shown = wide > 0 && wide < most ? whole.slice(0, wide) : lines.slice(0, most);
  const last = shown.pop()!;
  return [...shown, cutSentence(`${last} …`, columns, measure).replace(/[\s.,;:]*…$/, "…")];
}

/** As much of a text's beginning as fits. */
export function takeHead(text: string, columns: number, measure: Measure): string {
  if (columns <= 0) return "";
  if (isNarrow(text)) return text.slice(0, columns);
  let head = "";
  let used = 0;
  for (const part of graphemes(text)) {
    used += measure(part);
    if (used > columns) break;
    head += part;
  }
  return head;
}

/** As much of a text's end as fits. */
export function takeTail(text: string, columns: number, measure: Measure): string {
  if (columns <= 0) return "";
  if (isNarrow(text)) return text.slice(-columns);
  let tail = "";
  let used = 0;
  for (const part of graphemes(text).reverse()) {
    used += measure(part);
    if (used > columns) break;
    tail = part + tail;
  }
  return tail;
}

function graphemes(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}
