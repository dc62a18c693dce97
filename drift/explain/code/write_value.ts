/**
 * Values as HashiCorp's configuration language writes them. Pure.
 *
 * @module
 */

import { isEmpty, isObject, type Json } from "../../verdict/json.ts";
import { isPlain } from "../line.ts";

/**
 * Whether a value can be written as it is: nothing of it is masked or unknown, and no text has characters that act on a
 * terminal or cannot be seen. Line breaks and tabs can be written.
 */
export function isWritable(value: unknown): boolean {
  if (typeof value === "string") return isPlain(value.replace(/[\n\t]/g, " "));
  // JSON has lost the digits of a larger one.
  if (typeof value === "number") {
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  }
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, inner]) => isWritable(key) && isWritable(inner));
}

/**
 * A value as an expression.
 *
 * @param like What stands there now: a number that is written as a text stays one.
 */
export function writeValue(value: unknown, like?: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return isNumberLike(value, like) ? value : writeText(value);
  if (typeof value === "object") return writeNested(value);
  return typeof like === "string" ? writeText(`${value}`) : `${value}`;
}

/** The provider has texts where the code has a number or a truth value. */
function isNumberLike(value: string, like: unknown): boolean {
  if (typeof like === "number") return /^-?(?:0|[1-9]\d{0,14})(?:\.\d+)?$/.test(value);
  return typeof like === "boolean" && (value === "true" || value === "false");
}

function writeNested(value: object): string {
  if (Array.isArray(value)) return `[${value.map((one) => writeValue(one)).join(", ")}]`;
  const entries = Object.entries(value).map(([key, inner]) => `${writeKey(key)} = ${writeValue(inner)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

const DOUBLED = /([$%]{2})\{/g;

/** A text in quotes; what would be an insertion stays text. */
export function writeText(text: string): string {
  const escaped = text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
  // A doubled sign before an insertion is read in two ways: there the bracket is written as its number.
  return `"${escapeInsertions(escaped.replace(DOUBLED, "$1\\u007b"))}"`;
}

/** The key of an object: bare where it can be. */
export function writeKey(key: string): string {
  return /^[A-Za-z_][\w-]*$/.test(key) ? key : writeText(key);
}

/**
 * The lines of a heredoc with its first and last line kept; undefined where a heredoc cannot say the text.
 *
 * @param written The heredoc that stands there now.
 */
export function writeHeredoc(text: string, written: string, lineBreak: string): string | undefined {
  const [first = "", ...rest] = written.split(/\r?\n/), last = rest.pop() ?? "";
  const word = last.trim();
  if (!text.endsWith("\n") || text.search(DOUBLED) >= 0) return undefined;
  const lines = text.slice(0, -1).split("\n");
  if (lines.some((line) => line.trim() === word)) return undefined;
  // `<<-` takes away the blanks that all lines begin with, of any kind, and counts none in a line of blanks alone.
  const isStripped = /^<<-/.test(first);
  const isIndented = lines.every((line) => line === "" || /^\s/.test(line));
  if (isStripped && (isIndented || lines.some((line) => /^\s+$/.test(line)))) return undefined;
  const indents = rest.filter((line) => line.trim() !== "").map((line) => /^[ \t]*/.exec(line)![0]);
  const indent = isStripped ? shortest(indents) ?? `${/^[ \t]*/.exec(last)![0]}  ` : "";
  const body = lines.map((line) => line === "" ? "" : `${indent}${escapeInsertions(line)}`);
  return [first, ...body, last].join(lineBreak);
}

function shortest(texts: string[]): string | undefined {
  return texts.toSorted((one, other) => one.length - other.length)[0];
}

function escapeInsertions(text: string): string {
  return text.replace(/([$%])(?=\{)/g, "$1$1");
}

/**
 * The lines inside a new block. What says nothing is left out, since the provider would refuse it or adds it by itself;
 * lists of objects are nested blocks, as the provider's own are.
 */
export function writeBody(value: Json): string[] {
  const entries = Object.entries(value).filter(([, inner]) => !isEmpty(inner) && inner !== 0);
  const isBlocks = (inner: unknown): inner is Json[] => Array.isArray(inner) && inner.every(isObject);
  const attributes = entries.filter(([, inner]) => !isBlocks(inner));
  const width = Math.max(...attributes.map(([name]) => name.length));
  return [
    ...attributes.map(([name, inner]) => `${name.padEnd(width)} = ${writeValue(inner)}`),
    ...entries.flatMap(([name, inner]) => isBlocks(inner) ? inner.flatMap((one) => writeBlock(name, one)) : []),
  ];
}

/** The lines of a new block. */
export function writeBlock(name: string, value: Json): string[] {
  return [`${name} {`, ...writeBody(value).map((line) => `  ${line}`), "}"];
}
