/**
 * Tries the edits of a finding one after the other on texts in memory, and sees to it that each changes one value and
 * makes the code say what is there.
 *
 * @module
 */

import { realign } from "./align.ts";
import type { WhyNot } from "./code_answer.ts";
import { type CodeBase, type SourceFile, Withheld } from "./code_base.ts";
import { editOrigin } from "./edit_origin.ts";
import { lineOf } from "./lines.ts";
import { saysExpected } from "./expected.ts";
import { isOneChange } from "./one_change.ts";
import type { Origin } from "./origin.ts";
import { apply, type TextEdit } from "./text_edit.ts";

/** One difference that may be kept. */
export interface Wish {
  /** What the code says. */
  expected: unknown;
  /** What it shall say. */
  actual: unknown;
  /** The path names an entry by what stands in it, which the edit may change. */
  isNamed: boolean;
  /** Where the value stands in the code as it is then. */
  found(base: CodeBase): Promise<Origin>;
  /** Where it is to be put; undefined where that is no longer there. */
  place(found: Origin): Origin | undefined;
}

/** Makes the edit of one wish. Returns the code with it, or why there is none. */
export async function keep(
  base: CodeBase,
  { expected, actual, isNamed, found, place }: Wish,
): Promise<CodeBase | WhyNot> {
  const now = await found(base);
  // Another difference may have led to the same place.
  if (now.kind === "value" && !now.makesBlock && !now.isLoose && actual !== null && saysExpected(now, actual)) {
    return base;
  }
  const origin = place(now);
  if (!origin) return { reason: "no-clean-edit" };
  if (origin.kind === "stopped") return origin.whyNot;
  const edits = editOrigin(origin, expected, actual);
  if (!edits) return { reason: "no-clean-edit" };
  if (edits.length === 0) return base;
  const { file } = origin.at;
  const written = await tried(base, file, apply(file.text, edits));
  if (!written || !isOneChange(file.body, written.body)) return { reason: "no-clean-edit" };
  const aligned = await tried(base, file, alignedText(file, edits, written.text));
  // What aligns looks at lines alone: where it touched more than white space, the text stays as it was.
  const isSame = aligned && isOneChange(file.body, aligned.body) && plain(aligned) === plain(written);
  const changed = base.with(new Map([[file.path, isSame ? aligned.text : written.text]]));
  // Of what was taken out, another may be in its place now.
  const isKept = actual === null || isNamed || saysExpected(await found(changed), actual);
  return isKept ? changed : { reason: "no-clean-edit" };
}

async function tried(base: CodeBase, { path }: SourceFile, text: string): Promise<SourceFile | undefined> {
  try {
    return await base.with(new Map([[path, text]])).file(path);
  } catch (error) {
    if (error instanceof Withheld) return undefined;
    throw error;
  }
}

function alignedText({ text }: SourceFile, edits: readonly TextEdit[], written: string): string {
  const [{ start }] = edits.toSorted((one, other) => one.start - other.start) as [TextEdit];
  const at = firstDifference(text, written);
  const before = { lines: text.split("\n"), at: lineOf(text, start) - 1 };
  return realign(before, { lines: written.split("\n"), at: lineOf(written, at) - 1 }).join("\n");
}

function firstDifference(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}

function plain({ body }: SourceFile): string {
  return JSON.stringify(body, (key, value) => key === "start" || key === "end" ? undefined : value);
}
