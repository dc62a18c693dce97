/**
 * Command lines that are safe to copy into a shell.
 *
 * @module
 */

import { shellWord } from "../../lib/shell_word.ts";
import { visible } from "../../lib/visible.ts";

/** What stands in a report in place of a value that nobody may see, or that only an apply can tell. */
const MASKS = ["(sensitive)", "(hidden)", "(known after apply)"];

/** Whether a text is what it seems: nothing in it is masked, and no character in it acts on a terminal. */
export function isPlain(text: string): boolean {
  return visible(text) === text && !MASKS.some((mask) => text.includes(mask));
}

/** The line that runs a command; undefined where one of its words is not what it seems. */
export function commandLine(words: readonly string[]): string | undefined {
  return words.every(isPlain) ? words.map(shellWord).join(" ") : undefined;
}

/** `--NAME=VALUE` with the value alone in quotes, as people write it. */
export function optionWord(name: string, value: string): string {
  return `${name}=${shellWord(value)}`;
}
