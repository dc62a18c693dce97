/**
 * A page of lines for a person: wrapped to its width, indented, colored only where colors are wanted.
 *
 * @module
 */

import type { Gravity } from "../../lib/journal.ts";
import { type Measure, wrap } from "./text.ts";

/** How a report is to be shown. */
export interface View {
  /** ANSI colors. */
  color: boolean;
  /** Terminal columns; `Infinity` where there is no terminal, and so nothing to wrap for. */
  columns: number;
  /** `quiet`: only environments that are not ok; `verbose`: everything, and nothing cut. */
  detail: "quiet" | "normal" | "verbose";
  /** Each line carries its syslog priority. */
  journal: boolean;
}

/** How grave a line is. */
export type Level = Exclude<Gravity, "debug">;

/** One line of output. */
export interface Line {
  /** Without newline. */
  text: string;
  /** What the journal is told. */
  level: Level;
}

/** What a piece of text may look like. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

const SGR: Record<Style, [on: number, off: number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};
const NARROWEST = 40;
/** Columns beyond which only the differing part of a value is shown, terminal or not. */
const WIDEST_VALUE = 200;

/** Lines being written. Whoever writes one has made its text harmless before (`visible`). */
export class Page {
  /** What was written. */
  readonly lines: Line[] = [];
  /** Columns there are: those of the view, but never too few for a word. */
  readonly columns: number;
  /** Columns that a value may take. */
  readonly valueColumns: number;
  /** Everything is wanted, and nothing cut. */
  readonly verbose: boolean;

  /** An empty page. */
  constructor(readonly view: View, readonly measure: Measure) {
    this.columns = Math.max(NARROWEST, view.columns);
    this.verbose = view.detail === "verbose";
    this.valueColumns = (this.verbose ? this.columns : Math.min(this.columns, WIDEST_VALUE)) - 4;
  }

  /** Shows a text in styles, unless colors are off. */
  paint(text: string, ...styles: Style[]): string {
    if (!this.view.color || text === "") return text;
    return styles.reduce((inner, style) => `\x1b[${SGR[style][0]}m${inner}\x1b[${SGR[style][1]}m`, text);
  }

  /** Adds a line as it is. */
  put(text: string, level: Level): void {
    this.lines.push({ text, level });
  }

  /** Adds an empty line between parts. */
  gap(): void {
    if (this.lines.length > 0) this.put("", "info");
  }

  /** Adds a text that is wrapped; its continuation lines stand two further in. */
  prose(text: string, indent: number, level: Level, ...styles: Style[]): void {
    const width = this.columns - indent;
    const lines = this.measure(text) <= width ? [text] : wrap(text, width - 2, this.measure);
    lines.forEach((line, at) => this.put(" ".repeat(at ? indent + 2 : indent) + this.paint(line, ...styles), level));
  }
}
