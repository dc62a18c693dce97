/**
 * Telegram's HTML, as far as we write it: four characters to escape, three tags, and what stands between them made
 * harmless. Pure.
 *
 * @module
 */

import { visible } from "../../lib/visible.ts";
import { escapeHtml } from "../text/escape_html.ts";
import { cut, cutSentence } from "../text/text.ts";

export { escapeHtml };

const CHARACTERS: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"' };

/** Bold; the text is escaped. */
export function bold(text: string): string {
  return `<b>${escapeHtml(text)}</b>`;
}

/** Italic; the text is escaped. */
export function italic(text: string): string {
  return `<i>${escapeHtml(text)}</i>`;
}

/** As code, in which Telegram looks for no links, mentions and commands; the text is escaped. */
export function code(text: string): string {
  return `<code>${escapeHtml(text)}</code>`;
}

/** What a reader sees of HTML that was written with this module. */
export function plainText(html: string): string {
  return html.replace(/<[^>]*>/g, "").replace(/&(?:amp|lt|gt|quot);/g, (entity) => CHARACTERS[entity]!);
}

/** A name of somebody else's in one line of at most so many characters, cut in its middle; not yet escaped. */
export function name(text: string, most: number): string {
  return cut(oneLine(text), most, (part) => part.length);
}

/** A sentence of somebody else's in one line of at most so many characters, cut between words; not yet escaped. */
export function prose(text: string, most: number): string {
  return cutSentence(oneLine(text), most, (part) => part.length);
}

function oneLine(text: string): string {
  return visible(text.replace(/\s+/g, " ").trim());
}

/** `1 check`, `2 checks`. */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A moment (ISO 8601) as people write it, in UTC; what cannot be read stays as it is. */
export function moment(iso: string): string {
  const time = Date.parse(iso);
  return Number.isNaN(time) ? iso : `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
