/**
 * Text for HTML. Pure.
 *
 * @module
 */

import { visible } from "../../lib/visible.ts";

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Escapes a text for an element or a double-quoted attribute; control characters are written out before. */
export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"]/g, (found) => ESCAPES[found]!);
}
