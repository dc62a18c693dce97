/**
 * How one attribute's difference reads: which value is wanted, which is there, and of long ones the part that differs.
 *
 * @module
 */

import { visible } from "../../lib/visible.ts";
import type { AttributeChange } from "../../drift/report.ts";
import { cut, type Measure, quoted, takeHead, takeTail, wrap } from "./text.ts";

/** The place a difference is written into. */
export interface Room {
  /** Terminal columns. */
  columns: number;
  /** Nothing is cut or left out; what is too wide is broken. */
  verbose: boolean;
  /** Columns of a text. */
  measure: Measure;
  /** What the two sides are called. */
  words: Words;
}

/** What the two sides are called, and the second one where it holds a list. */
export interface Words {
  /** The side of the code, or of the last state. */
  expected: string;
  /** The side of what is there. */
  actual: string;
  /** To go on with `has` and `lacks`. */
  list: string;
}

/** The names of the two sides of a difference between code and reality. */
export const EXPECTED_ACTUAL: Words = { expected: "expected", actual: "actual", list: "actual" };

/** The names of the two sides of what only happened. */
export const WAS_IS: Words = { expected: "was", actual: "is", list: "now" };

/** What stands in place of a value that nobody may see. */
export const MASKS: ReadonlySet<string> = new Set(["(sensitive)", "(hidden)"]);
const LIST_ITEMS_SHOWN = 8;

/** A value in words: strings in quotes, what is missing as `(none)`, and of objects only what is set unless `verbose`. */
export function valueText(value: unknown, verbose: boolean): string {
  if (value === null || value === undefined) return "(none)";
  if (typeof value === "string") return MASKS.has(value) ? value : quoted(value);
  if (Array.isArray(value)) return `[${value.map((item) => valueText(item, verbose)).join(", ")}]`;
  if (typeof value !== "object") return String(value);
  return `{${memberTexts(value, verbose).join(", ")}}`;
}

function memberTexts(value: object, verbose: boolean): string[] {
  return Object.entries(value).filter(([, item]) => verbose || !isEmpty(item))
    .map(([key, item]) => `${visible(key)}: ${valueText(item, verbose)}`);
}

/**
 * The lines that say how one attribute differs. Lines after the first are indented by two.
 *
 * @param attribute Its path and its two values.
 * @param room Where it is written.
 * @param remark Said behind the path in brackets.
 */
export function differenceLines(
  attribute: Pick<AttributeChange, "path" | "expected" | "actual" | "previous">,
  room: Room,
  remark?: string,
): string[] {
  const { expected, actual } = attribute;
  const path = visible(attribute.path);
  const lead = (room.verbose ? path : cut(path, Math.floor(room.columns * 0.75), room.measure)) +
    (remark ? ` (${remark})` : "");
  const texts = [valueText(expected, room.verbose), valueText(actual, room.verbose)] as const;
  if (texts[0] === texts[1]) return flowing(`${lead}: differs (${sameText(expected)})`, room);
  if (isPlainList(expected) && isPlainList(actual)) return listLines(lead, expected, actual, attribute.previous, room);
  if (isMultiline(expected, actual)) return textLines(lead, String(expected), String(actual), room);
  const [line, ...more] = pairLines(lead, ...texts, attribute.previous, room);
  return more.length > 0 && hasOneObject(expected, actual) ? objectLines(lead, attribute, room) : [line!, ...more];
}

function sameText(value: unknown): string {
  if (value === "(sensitive)") return "sensitive, not shown";
  if (value === "(hidden)") return "hidden";
  return `shows as ${valueText(value, false)} on both sides`;
}

function pairLines(lead: string, expected: string, actual: string, previous: unknown, room: Room): string[] {
  const { words, measure, columns, verbose } = room;
  const before = previous === undefined ? "" : `the state has ${valueText(previous, verbose)}`;
  const line = `${lead}: ${words.expected} ${expected} → ${words.actual} ${actual}${before && ` (${before})`}`;
  if (measure(line) <= columns) return [line];
  const width = Math.max(words.expected.length, words.actual.length) + 3;
  const [one, other] = verbose ? [expected, actual] : excerpts(expected, actual, columns - width, measure);
  return [
    ...flowing(`${lead}:`, room),
    ...side(words.expected, one, width, room),
    ...side(words.actual, other, width, room),
    ...(before ? [`  ${verbose ? `(${before})` : cut(`(${before})`, columns - 2, measure)}`] : []),
  ];
}

/** An element of a list that came or went, with each of its members whole: what tells it from others can be any of them. */
function objectLines(
  lead: string,
  { expected, actual }: Pick<AttributeChange, "expected" | "actual">,
  room: Room,
): string[] {
  const width = Math.max(room.words.expected.length, room.words.actual.length) + 3;
  const value = (word: string, one: unknown) => {
    if (!isObject(one)) return [`  ${word.padEnd(width - 2)}${valueText(one, room.verbose)}`];
    const members = memberTexts(one, room.verbose);
    const texts = members.map((text, at) => `${at ? "" : "{"}${text}${at < members.length - 1 ? "," : "}"}`);
    const [first, ...rest] = fill(texts, room.columns - width - 1, room.measure);
    return [`  ${word.padEnd(width - 2)}${first}`, ...rest.map((line) => " ".repeat(width + 1) + line)];
  };
  return [...flowing(`${lead}:`, room), ...value(room.words.expected, expected), ...value(room.words.actual, actual)];
}

/** Puts texts into lines with a space between them; breaks only one that is longer than a line. */
function fill(texts: string[], columns: number, measure: Measure): string[] {
  const lines: string[] = [];
  let line: string[] = [];
  let used = 0;
  for (const text of texts) {
    const width = measure(text) + 1;
    if (line.length > 0 && used + width > columns) {
      lines.push(line.join(" "));
      line = [];
      used = 0;
    }
    line.push(text);
    used += width;
  }
  return [...lines, line.join(" ")].flatMap((one) => wrap(one, columns, measure));
}

function side(word: string, value: string, width: number, room: Room): string[] {
  const [first, ...rest] = wrap(value, room.columns - width, room.measure);
  return [`  ${word.padEnd(width - 2)}${first}`, ...rest.map((line) => " ".repeat(width) + line)];
}

/** The part where two long texts differ, with some context around it; never the same excerpt for both. */
function excerpts(one: string, other: string, columns: number, measure: Measure): [string, string] {
  if (measure(one) <= columns && measure(other) <= columns) return [one, other];
  const shortest = Math.min(one.length, other.length);
  let head = 0;
  while (head < shortest && one[head] === other[head]) head++;
  let tail = 0;
  while (tail < shortest - head && one.at(-1 - tail) === other.at(-1 - tail)) tail++;
  head = boundary(one, head);
  const middles = [one, other].map((text) => text.slice(head, boundary(text, text.length - tail)));
  const context = Math.max(4, Math.floor((columns - 2 - Math.max(...middles.map(measure))) / 2));
  const after = takeHead(one.slice(head + middles[0]!.length), context, measure);
  const before = takeTail(one.slice(0, head), Math.max(context, context * 2 - measure(after)), measure);
  const dots = [before.length < head ? "…" : "", head + middles[0]!.length + after.length < one.length ? "…" : ""];
  const room = columns - measure(before + after) - dots.join("").length;
  const [first, second] = middles.map((middle) => dots[0] + before + cut(middle, room, measure) + after + dots[1]);
  return [first!, second!];
}

/** Moves an index off the middle of a surrogate pair. */
function boundary(text: string, index: number): number {
  return /[\udc00-\udfff]/.test(text[index] ?? "") ? index - 1 : index;
}

function listLines(lead: string, expected: unknown[], actual: unknown[], previous: unknown, room: Room): string[] {
  const left = actual.map((item) => valueText(item, room.verbose));
  const lacks: string[] = [];
  for (const item of expected.map((item) => valueText(item, room.verbose))) {
    const at = left.indexOf(item);
    if (at >= 0) left.splice(at, 1);
    else lacks.push(item);
  }
  if (left.length === 0 && lacks.length === 0) {
    const order = flowing(`${lead}: the same items in another order`, room);
    if (!room.verbose) return order;
    return [
      ...order,
      ...side(room.words.expected, valueText(expected, true), 11, room),
      ...side(room.words.actual, valueText(actual, true), 11, room),
    ];
  }
  const before = previous === undefined ? "" : ` (the state has ${valueText(previous, room.verbose)})`;
  const signed = (sign: string, values: string[]) => values.map((value) => sign + value).join(" ");
  const more = left.length > 0 ? `has ${signed("+", left)}` : "";
  const less = lacks.length > 0 ? `lacks ${signed("-", lacks)}` : "";
  const line = `${lead}: ${room.words.list} ${[more, less].filter(Boolean).join(", ")}${before}`;
  if (room.measure(line) <= room.columns) return [line];
  return [
    ...flowing(`${lead}: ${room.words.list} has (+) or lacks (-)${before}`, room),
    ...itemLines(left, lacks, room),
  ];
}

function itemLines(more: string[], lacking: string[], room: Room): string[] {
  const { columns, measure } = room;
  if (!room.verbose && more.length === 1 && lacking.length === 1) {
    const [there, missing] = excerpts(more[0]!, lacking[0]!, columns - 4, measure);
    return [`  + ${there}`, `  - ${missing}`];
  }
  const all = [...more.map((value) => ["+", value] as const), ...lacking.map((value) => ["-", value] as const)];
  const shown = room.verbose ? all : all.slice(0, LIST_ITEMS_SHOWN);
  const lines = shown.flatMap(([sign, value]) => {
    const [first, ...rest] = room.verbose ? wrap(value, columns - 4, measure) : [cut(value, columns - 4, measure)];
    return [`  ${sign} ${first}`, ...rest.map((part) => `    ${part}`)];
  });
  return shown.length < all.length ? [...lines, `  and ${all.length - shown.length} more`] : lines;
}

function textLines(lead: string, expected: string, actual: string, room: Room): string[] {
  const [want, have] = [expected.split("\n"), actual.split("\n")];
  const shortest = Math.min(want.length, have.length);
  let head = 0;
  while (head < shortest && want[head] === have[head]) head++;
  let tail = 0;
  while (tail < shortest - head && want.at(-1 - tail) === have.at(-1 - tail)) tail++;
  const count = Math.max(want.length, have.length) - head - tail;
  const shown = room.verbose ? count : 1;
  const at = (lines: string[], index: number) => index < lines.length - tail ? quoted(lines[index]!) : "(no such line)";
  const lines: string[] = [];
  for (let index = head; index < head + shown; index++) {
    lines.push(...pairLines(`${lead}, line ${index + 1}`, at(want, index), at(have, index), undefined, room));
  }
  if (shown < count) lines.push(`  (${count - shown} more ${count - shown === 1 ? "line" : "lines"} of it may differ)`);
  return lines;
}

function flowing(line: string, room: Room): string[] {
  const [first, ...rest] = wrap(line, room.columns - 2, room.measure);
  return [first!, ...rest.map((part) => `  ${part}`)];
}

function isPlainList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasOneObject(expected: unknown, actual: unknown): boolean {
  return (isObject(expected) && (actual ?? null) === null) || (isObject(actual) && (expected ?? null) === null);
}

function isMultiline(expected: unknown, actual: unknown): boolean {
  return typeof expected === "string" && typeof actual === "string" && `${expected}${actual}`.includes("\n") &&
    !MASKS.has(expected) && !MASKS.has(actual);
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "" || (typeof value === "object" && Object.keys(value!).length === 0);
}
