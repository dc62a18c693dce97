/**
 * HTML in which whatever is filled in stays text. Pure.
 *
 * @module
 */

import { escapeHtml } from "../text/escape_html.ts";

/** HTML that {@linkcode markup} made; nothing else is one. */
export class Markup {
  readonly #html: string;

  /** Takes HTML as it is: for {@linkcode markup} and for text that is our own. */
  constructor(html: string) {
    this.#html = html;
  }

  /** The HTML. */
  toString(): string {
    return this.#html;
  }
}

/** What can be filled in: text is escaped, `undefined` and `false` are left out. */
export type Content = Markup | string | number | false | undefined | readonly Content[];

/** A template of HTML: each `${…}` stands in an element or in a double-quoted attribute. */
export function markup(template: TemplateStringsArray, ...contents: Content[]): Markup {
  return new Markup(template.map((part, at) => part + (at < contents.length ? written(contents[at]) : "")).join(""));
}

function written(content: Content): string {
  if (content === undefined || content === false) return "";
  if (content instanceof Markup) return String(content);
  return Array.isArray(content) ? content.map(written).join("") : escapeHtml(String(content));
}
