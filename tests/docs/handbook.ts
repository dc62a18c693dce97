/**
 * The handbook as tests read it: its headings with their anchors, and its code blocks with what their markers say of them.
 *
 * @module
 */

import { join } from "node:path";
import { ROOT } from "../support/programs.ts";

/** A code block. */
export interface Block {
  /**
   * What the comment before it says: `test` is run by a test as it stands, `not run` says why no test can, `config` is a
   * whole pve-drift.json, `file` is content that a test puts where the text says, `output` is what the program prints for
   * these arguments. Absent where there is no such comment.
   */
  kind?: string;
  /** What stands behind the kind: a name, a reason or arguments. */
  name: string;
  /** As ``` has it. */
  language: string;
  /** With a newline at its end. */
  code: string;
  /** Number of the line with ```. */
  line: number;
}

/** A heading. */
export interface Heading {
  /** Number of `#`. */
  level: number;
  /** As it stands there. */
  title: string;
  /** What a link names: an `<a id>` on the line before, else as the usual hosts make it from the title. */
  anchor: string;
}

/** One of the two handbooks. */
export interface Handbook {
  /** In order. */
  headings: Heading[];
  /** In order. */
  blocks: Block[];
  /** Everything. */
  text: string;
}

/** Reads `docs/DRIFT-DETECTION.md`, or the one in that sub-folder of `docs`. */
export async function readHandbook(language = ""): Promise<Handbook> {
  const text = await Deno.readTextFile(join(ROOT, "docs", language, "DRIFT-DETECTION.md"));
  const headings: Heading[] = [], blocks: Block[] = [];
  let open: Block | undefined, before = "";
  for (const [at, line] of text.split("\n").entries()) {
    if (open) {
      if (line !== "```") open.code += `${line}\n`;
      else open = void blocks.push(open);
      continue;
    }
    const [, fence] = /^```(\w*)$/.exec(line) ?? [];
    const [, marks, title] = /^(#+) (.+)$/.exec(line) ?? [];
    if (fence !== undefined) {
      const [, kind, , name = ""] = /^<!-- ([a-z ]+)(: (.+))? -->$/.exec(before) ?? [];
      open = { ...kind === undefined ? {} : { kind }, name, language: fence, code: "", line: at + 1 };
    } else if (title !== undefined) {
      const anchor = /^<a id="([^"]+)"><\/a>$/.exec(before)?.[1] ?? slug(title);
      headings.push({ level: marks!.length, title, anchor });
    }
    if (line !== "") before = line;
  }
  return { headings, blocks, text };
}

function slug(title: string): string {
  return title.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
}

/** The code of the one block with this marker. */
export function codeOf({ blocks }: Handbook, kind: string, name: string): string {
  const found = blocks.filter((block) => block.kind === kind && block.name === name);
  if (found.length !== 1) throw new Error(`The handbook has ${found.length} blocks "${kind}: ${name}"`);
  return found[0]!.code;
}

/** The cells of the tables below a heading, up to the next one; the first row of each is its head, rulers are left out. */
export function tablesBelow({ text, headings }: Handbook, anchor: string): string[][] {
  const at = headings.findIndex((heading) => heading.anchor === anchor);
  const start = text.indexOf(`\n${"#".repeat(headings[at]!.level)} ${headings[at]!.title}\n`) + 1;
  const section = text.slice(start).replace(/^```[^]*?^```/gm, "").split(/\n(?=#+ )/)[0]!;
  return section.split("\n").filter((line) => /^\|(?! *-)/.test(line)).map((line) =>
    line.slice(1, -1).split("|").map((cell) => cell.trim())
  );
}
