/**
 * How the command `doctor` shows what it finds.
 *
 * @module
 */

import { journalPrefix } from "../../lib/journal.ts";
import { visible } from "../../lib/visible.ts";
import { wrap } from "../../lib/wrap.ts";
import type { SinkHost } from "../../sinks/load.ts";

/** One thing looked at. */
export interface DoctorFinding {
  /** A warning keeps no check from succeeding. */
  state: "ok" | "warning" | "failed";
  /** One sentence that names the thing. */
  text: string;
  /** Besides, one line each; the cure is the last. */
  more?: string[];
}

const STATES = { ok: ["32", "info"], warning: ["33", "warning"], failed: ["31", "error"] } as const;
const INDENT = 9;

/** The lines of a finding, the state first, wrapped; each with its priority in the journal. */
export function render(
  { state, text, more = [] }: DoctorFinding,
  { color, columns, journal }: SinkHost["view"],
): string {
  const [paint, gravity] = STATES[state];
  const head = color ? `\x1b[${paint}m${state.padEnd(INDENT)}\x1b[0m` : state.padEnd(INDENT);
  const [first, ...rest] = [
    ...flow(text, columns - INDENT),
    ...more.flatMap((line) => flow(line, columns - INDENT - 2)).map((line) => `  ${line}`),
  ];
  return [`${head}${first}`, ...rest.map((line) => " ".repeat(INDENT) + line)].map((line) =>
    `${journal ? journalPrefix(gravity) : ""}${line}\n`
  ).join("");
}

/** A text of one paragraph, made harmless, in lines; paths and commands stay whole. */
function flow(text: string, columns: number): string[] {
  return wrap(visible(text.replace(/\s+/g, " ")), columns);
}

/** The lines of a text that are not empty. */
export function lines(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}
