/**
 * The differences of one change: of each attribute both values, side by side. Pure.
 *
 * @module
 */

import type { AttributeChange, OutputChange } from "../../drift/report.ts";
import { differenceLines, valueText, type Words } from "../text/values.ts";
import { type Content, type Markup, markup } from "./markup.ts";

/** Values longer than this show only where they differ, in characters. */
const LONGEST = 240;
/** What a line of an excerpt holds, in characters. */
const COLUMNS = 100;
const MOST = 60;

/** One attribute with its two values, as an output of Terraform has them too. */
export type Difference = Pick<AttributeChange, "path" | "expected" | "actual" | "previous">;

/** Writes the differences. */
export function differences<T extends Difference>(
  attributes: readonly T[],
  words: Words,
  remarks: (attribute: T) => Content,
): Content {
  if (attributes.length === 0) return undefined;
  const shown = attributes.slice(0, MOST);
  const left = attributes.length - shown.length;
  return markup`<dl class="diff">${shown.map((one) => difference(one, words, remarks(one)))}</dl>${
    left > 0 && markup`<p class="muted">and ${left} more attributes</p>`
  }`;
}

/** An output as a difference. */
export function outputDifference({ name, expected, actual }: OutputChange): Difference {
  return { path: name, expected, actual };
}

function difference(attribute: Difference, words: Words, remarks: Content): Markup {
  const { path, expected, actual, previous } = attribute;
  const texts = [valueText(expected, false), valueText(actual, false)];
  const isLong = texts.some((text) => text.length > LONGEST);
  if (isLong || texts[0] === texts[1]) return excerpt(attribute, words, remarks);
  const [wanted, found] = isPlainList(expected) && isPlainList(actual)
    ? [listText(expected, actual), listText(actual, expected)]
    : texts;
  const before = previous === undefined ? "" : `the state has ${valueText(previous, false)}`;
  return markup`<div><dt><code>${path}</code>${remarks}${
    before && markup` <span class="muted small">${before}</span>`
  }</dt>
<dd><i>${words.expected}</i><code>${wanted}</code></dd><dd><i>${words.actual}</i><code>${found}</code></dd></div>`;
}

/** Long values, and those that show the same, in the lines that other sinks write. */
function excerpt(attribute: Difference, words: Words, remarks: Content): Markup {
  const room = { columns: COLUMNS, verbose: false, measure: (text: string) => text.length, words };
  const lines = differenceLines(attribute, room).map((line) => markup`${line}\n`);
  return markup`<div><dt class="whole">${remarks}<pre>${lines}</pre></dt></div>`;
}

/** A list in which what the other one lacks stands out. */
function listText(items: readonly unknown[], others: readonly unknown[]): Content {
  const known = new Set(others.map((item) => valueText(item, false)));
  const texts = items.map((item) => valueText(item, false));
  return ["[", texts.map((text, at) => [at > 0 && ", ", known.has(text) ? text : markup`<b>${text}</b>`]), "]"];
}

function isPlainList(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null);
}
