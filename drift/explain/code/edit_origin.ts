/**
 * The edits that make a place in the code say what is there. Pure.
 *
 * @module
 */

import { isObject, type Json } from "../../verdict/json.ts";
import type { SourceFile } from "./code_base.ts";
import { withAttribute, withBlock, withEntry, withoutEntry, withoutItem } from "./edit_items.ts";
import { editList } from "./edit_list.ts";
import { asCode, isAlike, known } from "./expected.ts";
import { lineBreak } from "./lines.ts";
import type { BlockOrigin, GapOrigin, Key, Origin, ValueOrigin } from "./origin.ts";
import type { Attribute, Block, Body, Expression } from "./syntax.ts";
import type { TextEdit } from "./text_edit.ts";
import { writeBlock, writeHeredoc, writeValue } from "./write_value.ts";

/** The edits; undefined where none makes the code say it, and none at all where it says so already. */
export function editOrigin(origin: Origin, expected: unknown, actual: unknown): TextEdit[] | undefined {
  switch (origin.kind) {
    case "value":
      return editValue(origin, expected, actual);
    case "block":
      return actual === null ? [withoutBlock(origin)] : undefined;
    case "gap":
      return fill(origin, asCode(actual, fallbackOf(origin), expected));
    default:
      return undefined;
  }
}

function editValue(
  origin: ValueOrigin & Pick<Origin, "trail">,
  expected: unknown,
  actual: unknown,
): TextEdit[] | undefined {
  const { at: { file, node }, context, inObject, lastKey } = origin;
  const { text } = file;
  const value = known(node, context);
  if (actual === null) {
    if (inObject && lastKey?.isAsked) return some(withoutKey(file, inObject));
    return [withoutAttribute(origin) ?? replace(node, "null")];
  }
  if (origin.makesBlock) return undefined;
  if (node.kind === "list" && Array.isArray(actual)) return editItems(origin, value?.value, expected, actual);
  if (value && typeof value.value !== "object" && `${value.value}` === `${actual}`) return [];
  if (origin.isLoose) return undefined;
  // Of what is written on several lines, comments and form would be lost.
  if (node.kind !== "literal") return isFlat(file, node) ? [replace(node, writeValue(actual))] : undefined;
  const written = text.slice(node.start, node.end), wanted = asCode(actual, node.value, expected);
  const heredoc = node.isHeredoc && typeof wanted === "string"
    ? writeHeredoc(wanted, written, lineBreak(text))
    : undefined;
  return [replace(node, heredoc ?? writeValue(wanted, node.value))];
}

/** A list of plain values. Where the code makes a list of it in another order, what comes and what goes is told from the values. */
function editItems(
  { at: { file, node }, isLoose }: ValueOrigin,
  value: unknown,
  expected: unknown,
  actual: unknown[],
): TextEdit[] | undefined {
  if (node.kind !== "list" || !Array.isArray(value)) return undefined;
  const isNested = [...value, ...actual].some((item) => typeof item === "object");
  if (isNested) return isFlat(file, node) ? [replace(node, writeValue(actual))] : undefined;
  const isInOrder = Array.isArray(expected) && value.every((item, at) => isAlike(item, expected[at]));
  const from = value.map((item) => `${item}`);
  if (isInOrder && !isLoose) return changed(file, node, from, actual);
  const was = Array.isArray(expected) ? expected.map((item) => `${item}`) : from;
  const is = actual.map((item) => `${item}`);
  const gone = without(was, is), come = without(is, was);
  if (gone.length + come.length === 0 || without(gone, from).length > 0) return undefined;
  const kept = without(from, gone);
  const added = actual.filter((item) => come.includes(`${item}`));
  return changed(file, node, from, [...kept, ...added]);
}

function some(edit: TextEdit | undefined): TextEdit[] | undefined {
  return edit && [edit];
}

function isFlat({ text }: SourceFile, { start, end }: Expression): boolean {
  return !/\n|\/\*/.test(text.slice(start, end));
}

function changed(
  file: SourceFile,
  node: Expression & { kind: "list" },
  from: string[],
  to: unknown[],
): TextEdit[] | undefined {
  const values = new Map(to.map((item) => [`${item}`, item]));
  return editList(file.text, node, from, to.map((item) => `${item}`), (item) => values.get(item));
}

/** The elements of one list without those of another, each as often as it is there. */
function without(list: readonly string[], other: readonly string[]): string[] {
  const rest = [...other];
  return list.filter((item) => {
    const at = rest.indexOf(item);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

function withoutKey(
  { text }: SourceFile,
  { container, index }: NonNullable<ValueOrigin["inObject"]>,
): TextEdit | undefined {
  if (container.kind === "object") return withoutEntry(text, container, index);
  const items = container.items.map((_, at) => `${at}`);
  return editList(text, container, items, items.filter((_, at) => at !== index), (item) => item)?.[0];
}

/** Takes an attribute of the resource out where the value is all that it is set to. */
function withoutAttribute({ at: { file, node }, trail }: ValueOrigin & Pick<Origin, "trail">): TextEdit | undefined {
  if (trail.hops.length > 0) return undefined;
  const found = holderOf(file.body, (item) => item.kind === "attribute" && item.value === node);
  return found && withoutItem(file.text, found.body, found.item);
}

function withoutBlock({ at: { file, node } }: BlockOrigin): TextEdit {
  return withoutItem(file.text, holderOf(file.body, (item) => item === node)!.body, node);
}

/** The body that an item stands in. */
function holderOf(
  body: Body,
  isIt: (item: Attribute | Block) => boolean,
): { body: Body; item: Attribute | Block } | undefined {
  for (const item of body.items) {
    if (isIt(item)) return { body, item };
    const inner = item.kind === "block" ? holderOf(item.body, isIt) : undefined;
    if (inner) return inner;
  }
  return undefined;
}

/** What the code says as long as a gap is open. */
function fallbackOf({ at: { node: { fallback } } }: GapOrigin): unknown {
  return fallback && known(fallback.expression, fallback.context)?.value;
}

function fill(
  { at: { file: { text }, node: { into, name, keys } } }: GapOrigin,
  actual: unknown,
): TextEdit[] | undefined {
  if (actual === null) return undefined;
  if (into.kind === "object") return [withEntry(text, into.node, name, writeValue(nested(keys, actual)))];
  const [first, ...rest] = keys, { body } = into.node;
  if (first === undefined || !isPosition(first)) {
    return [withAttribute(text, body, name, writeValue(nested(keys, actual)))];
  }
  const value = nested(rest, actual);
  return isObject(value) ? [withBlock(text, body, name, writeBlock(name, value))] : undefined;
}

/** Whether a key is a block's place among those of its kind. */
function isPosition({ key, isQuoted }: Key): boolean {
  return typeof key === "number" || isQuoted === true;
}

/** A value as it is below keys that are not there yet. */
function nested(keys: readonly Key[], value: unknown): unknown {
  return keys.toReversed().reduce<unknown>(
    (inner, { key }) => typeof key === "number" ? [inner] : { [key]: inner } as Json,
    value,
  );
}

function replace({ start, end }: Expression, text: string): TextEdit {
  return { start, end, text };
}
