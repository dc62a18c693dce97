/**
 * Edits of a list of plain values: elements that stay keep their text, their place and their comments. Pure.
 *
 * @module
 */

import { indentAt, lineBreak, lineEnd } from "./lines.ts";
import type { Expression } from "./syntax.ts";
import { type TextEdit, wholeLines } from "./text_edit.ts";
import { writeValue } from "./write_value.ts";

/** A list, as `[1, 2]`. */
export type List = Expression & { kind: "list" };
/** What becomes of an element, or a new one behind those that came before. */
type Step =
  | { kind: "keep"; index: number }
  | { kind: "remove"; index: number }
  | { kind: "replace"; index: number; text: string }
  | { kind: "add"; text: string };

/**
 * The edits that make a list another one; undefined where a comment would be lost.
 *
 * @param from What its elements go by, one for each.
 * @param to What those of the new list go by.
 * @param valueOf The value of a new one.
 */
export function editList(
  text: string,
  list: List,
  from: readonly string[],
  to: readonly string[],
  valueOf: (name: string) => unknown,
): TextEdit[] | undefined {
  const steps = paired(stepsBetween(from, to, (name) => writeValue(valueOf(name), likeOf(list))));
  if (text.slice(list.start, list.end).includes("\n") && list.items.length > 0) return onLines(text, list, steps);
  return hasComment(text, list) ? undefined : [onOneLine(text, list, steps)];
}

/** Longest common subsequence: what stays, and what comes and goes between. */
function stepsBetween(from: readonly string[], to: readonly string[], write: (name: string) => string): Step[] {
  const length = Array.from({ length: from.length + 1 }, () => new Array<number>(to.length + 1).fill(0));
  for (let i = from.length - 1; i >= 0; i--) {
    for (let j = to.length - 1; j >= 0; j--) {
      length[i]![j] = from[i] === to[j] ? length[i + 1]![j + 1]! + 1 : Math.max(length[i + 1]![j]!, length[i]![j + 1]!);
    }
  }
  const steps: Step[] = [];
  for (let i = 0, j = 0; i < from.length || j < to.length;) {
    if (i < from.length && j < to.length && from[i] === to[j]) {
      steps.push({ kind: "keep", index: i++ });
      j++;
    } else if (i < from.length && (j === to.length || length[i + 1]![j]! >= length[i]![j + 1]!)) {
      steps.push({ kind: "remove", index: i++ });
    } else steps.push({ kind: "add", text: write(to[j++]!) });
  }
  return steps;
}

/** One that goes and one that comes in its place are one that changes. */
function paired(steps: Step[]): Step[] {
  const result: Step[] = [];
  for (const step of steps) {
    const at = result.findLastIndex(({ kind }) => kind !== "add" && kind !== "replace");
    const last = result[at];
    if (step.kind === "add" && last?.kind === "remove") {
      result[at] = { kind: "replace", index: last.index, text: step.text };
    } else result.push(step);
  }
  return result;
}

/** Whether there is a comment between the elements. */
function hasComment(text: string, { start, end, items }: List): boolean {
  const between = items.toReversed().reduce(
    (rest, item) => rest.slice(0, item.start - start) + rest.slice(item.end - start),
    text.slice(start, end),
  );
  return /#|\/[/*]/.test(between);
}

function onOneLine(text: string, list: List, steps: Step[]): TextEdit {
  const written = (index: number) => text.slice(list.items[index]!.start, list.items[index]!.end);
  const items = steps.flatMap((step) => {
    if (step.kind === "remove") return [];
    return [step.kind === "keep" ? written(step.index) : step.text];
  });
  const [first] = list.items;
  const pad = first && items.length > 0 ? text.slice(list.start + 1, first.start) : "";
  return { start: list.start, end: list.end, text: `[${pad}${items.join(", ")}${pad}]` };
}

/** Elements on lines of their own. Several on one line are told apart by their commas. */
function onLines(text: string, list: List, steps: Step[]): TextEdit[] {
  const edits: TextEdit[] = [];
  let behind: Expression | undefined;
  for (const step of steps) {
    if (step.kind === "add") {
      edits.push(...added(text, list, behind, step.text));
      continue;
    }
    const item = list.items[step.index]!;
    if (step.kind === "remove") edits.push(removed(text, list, step.index));
    else behind = item;
    if (step.kind === "replace") edits.push({ ...item, text: step.text });
  }
  return edits;
}

function added(text: string, list: List, behind: Expression | undefined, written: string): TextEdit[] {
  const [first] = list.items, br = lineBreak(text);
  const indent = indentAt(text, first!.start);
  if (!behind) {
    const at = first!.start;
    return [{ start: at, end: at, text: `${written},${br}${indent}` }];
  }
  const hasComma = /^\s*,/.test(text.slice(behind.end));
  const end = lineEnd(text, behind.end);
  // The bracket may close on the line of the last element.
  if (end >= list.end) {
    return [{ start: behind.end, end: behind.end, text: `${hasComma ? "" : ","} ${written}` }];
  }
  return [
    ...hasComma ? [] : [{ start: behind.end, end: behind.end, text: "," }],
    { start: end, end, text: `${br}${indent}${written},` },
  ];
}

function removed(text: string, list: List, index: number): TextEdit {
  const item = list.items[index]!, next = list.items[index + 1];
  const lines = wholeLines(text, item);
  if (lines && lines.end <= list.end) return { ...lines, text: "" };
  if (next) return { start: item.start, end: next.start, text: "" };
  const previous = list.items[index - 1];
  const comma = /^\s*,/.exec(text.slice(item.end))?.[0].length ?? 0;
  return { start: previous?.end ?? item.start, end: item.end + (previous ? 0 : comma), text: "" };
}

/** A list of texts stays one. */
function likeOf({ items: [first] }: List): unknown {
  return first?.kind === "literal" ? first.value : undefined;
}
