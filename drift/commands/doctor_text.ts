/**
 * How the command `doctor` shows what it finds.
 *
 * @module
 */

import { visible } from "../../lib/visible.ts";
import type { SinkHost } from "../../sinks/load.ts";

/** One thing looked at. */
export interface Finding {
  /** A warning keeps no check from succeeding. */
  state: "ok" | "warning" | "failed";
  /** One sentence that names the thing. */
  text: string;
  /** Besides, one line each; the cure is the last. */
  more?: string[];
}

const STATES = { ok: ["32", "<6>"], warning: ["33", "<4>"], failed: ["31", "<3>"] } as const;
const INDENT = 9;

/** The lines of a finding, the state first, wrapped; each with its priority in the journal. */
export function render({ state, text, more = [] }: Finding, { color, columns, journal }: SinkHost["view"]): string {
  const [paint, priority] = STATES[state];
  const head = color ? `\x1b[${paint}m${state.padEnd(INDENT)}\x1b[0m` : state.padEnd(INDENT);
  const [first, ...rest] = [
    ...wrap(text, columns - INDENT),
    ...more.flatMap((line) => wrap(line, columns - INDENT - 2)).map((line) => `  ${line}`),
  ];
  return [`${head}${first}`, ...rest.map((line) => " ".repeat(INDENT) + line)].map((line) =>
    `${journal ? priority : ""}${line}\n`
  ).join("");
}

function wrap(text: string, columns: number): string[] {
  const wrapped = [""];
  for (const word of visible(text.replace(/\s+/g, " ")).split(" ")) {
    const longer = wrapped.at(-1) ? `${wrapped.at(-1)} ${word}` : word;
    if (longer.length <= columns || wrapped.at(-1) === "") wrapped[wrapped.length - 1] = longer;
    else wrapped.push(word);
  }
  return wrapped;
}

/** The lines of a text that are not empty. */
export function lines(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}
