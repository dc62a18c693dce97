/**
 * Keeps secrets out of what is shown: learns them, and replaces them wherever they stand.
 *
 * @module
 */

import { PhraseFinder, SHORTEST_PHRASE } from "./phrase_finder.ts";
import { notationsOf } from "./secret_notations.ts";
import { partsOf, urlParts } from "./secret_parts.ts";
import { maskSecretShapes } from "./secret_shapes.ts";
import { maskUrlCredentials } from "./url_credentials.ts";

/** What stands in place of a secret. */
export const SENSITIVE = "(sensitive)";

/** Secrets that are learned from a number have this many digits at least. */
const DIGITS = /\d{6}/;
const NO_SECRET = /^(?:true|false|null|\*+|\s+)$/;
const WHOLE_URL = /^[\w+.:-]+:\/\/.*$/;
/** Within a key of a map, shorter ones are found by chance. */
const SHORTEST_IN_KEY = 8;

/**
 * The secrets of one run, and their eraser. A secret is found in all its notations (`secret_notations.ts`), and so are its
 * parts (`secret_parts.ts`). Secrets that overlap are erased together, so that no part of either stays.
 *
 * Scrub before anything is cut to length: half a secret is not recognized.
 */
export class Secrets {
  readonly #plain = new Set<string>();
  readonly #finder = new PhraseFinder();

  /**
   * Learns every string of 4 and more characters and every number of 6 and more digits in a JSON value, at any depth, with
   * its parts. `true`, `false`, `null`, rows of asterisks and what is masked already are no secrets.
   */
  add(value: unknown): void {
    if (typeof value === "string") this.#addText(value);
    else if (typeof value === "number") {
      if (DIGITS.test(String(value))) this.#addText(String(value));
    } else if (typeof value === "object" && value !== null) {
      for (const part of Object.values(value)) this.add(part);
    }
  }

  /** Learns the credentials of a URL, and not the URL itself. */
  addUrl(url: string): void {
    if (url.includes("://")) urlParts(url).forEach((part) => this.#addText(part));
  }

  /**
   * The text with `(sensitive)` in place of every secret, and of credentials in URLs, private keys and tokens, known or not. Doing it twice changes
   * nothing more.
   */
  scrub(text: string): string {
    // The secrets that are known come first: of a password that breaks its URL, what stands before the break is masked by
    // its place, and the rest would not be recognized any more. What is masked stays, be the mask itself a secret.
    const known = this.#plain.size === 0 || text.length < SHORTEST_PHRASE
      ? text
      : text.split(SENSITIVE).map((part) => this.#finder.replace(part, SENSITIVE)).join(SENSITIVE);
    return maskKnownForms(known);
  }

  /**
   * A JSON value with every string in it scrubbed, at every depth; the same object where nothing was found. A number that is
   * a secret becomes `"(sensitive)"`, and so does a key that is one as a whole.
   */
  scrubValue<T>(value: T): T {
    return this.#walk(value) as T;
  }

  /**
   * A resource address or an attribute path in which no key is a secret, or holds one of 8 and more characters. Names in the
   * code count only where they are a secret as a whole: a user called `root` must not hide where a `root_disk` differs.
   */
  scrubPath(path: string): string {
    if (this.#plain.size === 0 && !path.includes('["')) return path;
    return path.replace(/\["((?:[^"\\]|\\.)*)"\]|(?<=^|\.)[\w-]{8,}/g, (step, quoted?: string) => {
      if (quoted === undefined) return this.#plain.has(step) ? SENSITIVE : step;
      if (this.#plain.has(quoted)) return `["${SENSITIVE}"]`;
      return `["${maskKnownForms(this.#finder.replace(quoted, SENSITIVE, SHORTEST_IN_KEY))}"]`;
    });
  }

  #walk(value: unknown): unknown {
    if (typeof value === "string") return this.scrub(value);
    if (typeof value === "number") return this.#plain.has(String(value)) ? SENSITIVE : value;
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) {
      const items = value.map((item) => this.#walk(item));
      return items.some((item, i) => item !== value[i]) ? items : value;
    }
    let isSame = true;
    const entries = Object.entries(value).map(([key, part]) => {
      const clean = this.#walk(part);
      const name = key.length >= SHORTEST_IN_KEY && this.#plain.has(key) ? SENSITIVE : key;
      isSame &&= clean === part && name === key;
      return [name, clean];
    });
    return isSame ? value : Object.fromEntries(entries);
  }

  #addText(text: string): void {
    if (text.length < SHORTEST_PHRASE || NO_SECRET.test(text) || text === SENSITIVE || this.#plain.has(text)) return;
    this.#plain.add(text);
    const parts = partsOf(text);
    // Of a URL with credentials the rest tells where it leads.
    if (!WHOLE_URL.test(text) || parts.length === 0) {
      for (const notation of notationsOf(text)) this.#finder.add(notation);
    }
    for (const part of parts) this.#addText(part);
  }
}

/** Masks what is a secret by its place in a URL, or by its form. */
function maskKnownForms(text: string): string {
  const clean = text.includes("://") || text.includes("=") ? maskUrlCredentials(text, SENSITIVE) : text;
  return maskSecretShapes(clean, SENSITIVE);
}
