/**
 * Edits of what stands in blocks and objects: something is taken out or comes in, and the rest keeps its form. Pure.
 *
 * @module
 */

import { indentAt, lineBreak, lineEnd } from "./lines.ts";
import type { Attribute, Block, Body, Expression, Span } from "./syntax.ts";
import { type TextEdit, wholeLines } from "./text_edit.ts";
import { writeKey } from "./write_value.ts";

/** Takes an attribute or a nested block out of a body, with the blank line that parted it from others. */
export function withoutItem(text: string, body: Body, item: Attribute | Block): TextEdit {
  const lines = wholeLines(text, item);
  if (!lines || lines.start < body.start) {
    const isOneLine = !text.slice(body.start, body.end).includes("\n");
    const { start, end } = isOneLine ? body : item;
    return { start, end, text: "" };
  }
  const isBlankBefore = /(?:^|\n)[ \t]*\r?\n$/.test(text.slice(0, lines.start)) || isFirstLine(text, body, lines);
  const blank = /^[ \t]*\r?\n/.exec(text.slice(lines.end))?.[0].length ?? 0;
  if (isBlankBefore && blank > 0) return { start: lines.start, end: lines.end + blank, text: "" };
  // The last one takes the blank line before it along.
  const isLast = /^[ \t]*\}/.test(text.slice(lines.end));
  const before = isLast ? /\n[ \t]*\r?\n$/.exec(text.slice(0, lines.start))?.[0].length ?? 0 : 0;
  return { start: lines.start - Math.max(0, before - 1), end: lines.end, text: "" };
}

function isFirstLine(text: string, body: Body, { start }: Span): boolean {
  return text.slice(body.start, start).trim() === "";
}

/** Puts an attribute behind the last of those that stand before the first block. */
export function withAttribute(text: string, body: Body, name: string, value: string): TextEdit {
  const firstBlock = body.items.findIndex(({ kind }) => kind === "block");
  const attributes = body.items.slice(0, firstBlock < 0 ? undefined : firstBlock);
  const last = attributes.at(-1);
  return withLines(text, body, last, [`${name} = ${value}`], { isBlock: false });
}

/** Puts a block behind the last one of its kind, or at the end of a body. */
export function withBlock(text: string, body: Body, name: string, lines: string[]): TextEdit {
  const like = body.items.findLast((item) => item.kind === "block" && item.type === name);
  return withLines(text, body, like ?? body.items.at(-1), lines, { isBlock: true });
}

function withLines(
  text: string,
  body: Body,
  behind: Span | undefined,
  lines: string[],
  { isBlock }: { isBlock: boolean },
): TextEdit {
  const br = lineBreak(text), outer = indentAt(text, body.start);
  const isOneLine = !text.slice(body.start, body.end).includes("\n");
  if (isOneLine) {
    const inner = text.slice(body.start, body.end).trim();
    const all = aligned([...inner === "" ? [] : [inner], ...lines]).map((line) => `${outer}  ${line}`);
    return { start: body.start, end: body.end, text: `${br}${all.join(br)}${br}${outer}` };
  }
  const indent = behind ? indentAt(text, behind.start) : `${outer}  `;
  const indented = lines.map((line) => `${indent}${line}`).join(br);
  if (!behind) {
    const rest = /^[ \t]*\r?\n/.exec(text.slice(body.start, body.end))?.[0].length ?? 0;
    const at = body.start + rest;
    return { start: at, end: at, text: `${rest === 0 ? br : ""}${indented}${br}` };
  }
  const end = lineEnd(text, behind.end);
  return { start: end, end, text: `${isBlock ? br : ""}${br}${indented}` };
}

/** Two settings with their equals signs below each other. */
function aligned(lines: string[]): string[] {
  const cells = lines.map((line) => /^([\w-]+) *(=[^]*)$/.exec(line));
  if (lines.length !== 2 || !cells.every((cell) => cell !== null)) return lines;
  const width = Math.max(...cells.map((cell) => cell![1]!.length));
  return cells.map((cell) => `${cell![1]!.padEnd(width)} ${cell![2]}`);
}

/** An object, as `{ a = 1 }`. */
export type ObjectExpression = Expression & { kind: "object" };

/** Puts an entry at the end of an object, written as its others are. */
export function withEntry(text: string, object: ObjectExpression, name: string, value: string): TextEdit {
  const last = object.entries.at(-1);
  const sign = last && /^\s*:/.test(text.slice(last.keyed.end)) ? ":" : " =";
  const written = `${writeKey(name)}${sign} ${value}`;
  if (!last) return { start: object.start, end: object.end, text: `{ ${written} }` };
  const hasComma = /^\s*,/.test(text.slice(last.end, object.end));
  const end = lineEnd(text, last.end);
  if (end >= object.end) {
    const at = hasComma ? last.end + text.slice(last.end).indexOf(",") + 1 : last.end;
    return { start: at, end: at, text: `${hasComma ? "" : ","} ${written}` };
  }
  return { start: end, end, text: `${lineBreak(text)}${indentAt(text, last.start)}${written}${hasComma ? "," : ""}` };
}

/** Takes an entry out of an object. */
export function withoutEntry(text: string, { start, end, entries }: ObjectExpression, index: number): TextEdit {
  const entry = entries[index]!, next = entries[index + 1], previous = entries[index - 1];
  const lines = wholeLines(text, entry);
  if (lines && lines.start > start && lines.end <= end) return { ...lines, text: "" };
  if (next) return { start: entry.start, end: next.start, text: "" };
  if (previous) return { start: previous.end, end: entry.end, text: "" };
  return { start, end, text: "{}" };
}
