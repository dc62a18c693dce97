/**
 * How the command `explain` shows where a finding stands in the code.
 *
 * @module
 */

import { visible } from "../../lib/visible.ts";
import type { AttributeAnswer, CodeAnswer, Place } from "../explain/code/code_answer.ts";
import { whyNotText } from "../explain/code/why_not_text.ts";
import type { Page } from "../../sinks/text/page.ts";

/** The places of the block and of each value, and why no edit is offered where there is none. */
export function putCode(page: Page, { block, attributes, whyNot }: CodeAnswer): void {
  page.prose(visible(block ? `in the code: ${written(block)}` : "in the code:"), 4, "info");
  // A reason for all of them is told once.
  if (whyNot) return page.prose(visible(`${whyNotText(whyNot)}.`), 6, "info", "dim");
  for (const one of attributes) putAttribute(page, one);
}

function putAttribute(page: Page, { path, places, whyNot }: AttributeAnswer): void {
  const way = places.map(written).join(", then ");
  page.prose(visible(`${path}: ${way || "not in the block"}`), 6, "info");
  if (whyNot) page.prose(visible(`no edit: ${whyNotText(whyNot)}.`), 8, "info", "dim");
}

function written({ file, line }: Place): string {
  return `${file}:${line}`;
}
