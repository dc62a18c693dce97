/**
 * What all parts of the page need to know, and how each of them writes moments and badges. Pure.
 *
 * @module
 */

import { ageText } from "../text/age_text.ts";
import type { LocalTime } from "../text/local_time.ts";
import { type Content, type Markup, markup } from "./markup.ts";

/** When the page is written, and for whom. */
export interface Shown {
  /** Start of the run, ISO 8601. */
  now: string;
  /** The host's clock. */
  local: LocalTime;
  /** How many days the strips have. */
  days: number;
}

/** A moment (ISO 8601) by the host's clock, as `2026-11-24 06:00`; one that cannot be read as it is. */
export function moment(iso: string, { local }: Pick<Shown, "local">): Markup {
  const ms = Date.parse(iso);
  return markup`<time datetime="${iso}">${Number.isNaN(ms) ? iso : local.time(ms).slice(0, 16)}</time>`;
}

/** Since when something is so, with its age at this run. */
export function since(iso: string, shown: Shown): Markup {
  const age = ageText(iso, shown.now);
  return markup`since ${moment(iso, shown)}${age && ` (${age})`}`;
}

/** A few words in a colored box. */
export function badge(kind: "ok" | "drift" | "error" | "news" | "plain", words: Content): Markup {
  return markup`<span class="badge ${kind}">${words}</span>`;
}

/** A list behind a line that unfolds it; nothing where it is empty. */
export function folded(title: string, items: readonly Content[]): Content {
  if (items.length === 0) return undefined;
  return markup`<details><summary>${title} (${items.length})</summary>${list(items)}</details>`;
}

/** A list of lines. */
export function list(items: readonly Content[]): Markup {
  return markup`<ul class="list">${items.map((item) => markup`<li>${item}</li>`)}</ul>`;
}
