/**
 * Reads a JSON text piece by piece, so that what nobody needs never becomes a value. Pure.
 *
 * @module
 */

import { parseJson } from "./parse_json.ts";

/** What an object has become so far, by its keys. */
export type Members = Record<string, unknown>;

const QUOTE = 34, BACKSLASH = 92, COMMA = 44, COLON = 58;
const SPACE = 32, TAB = 9, LINE_FEED = 10, CARRIAGE_RETURN = 13;
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [123, 125, 91, 93];

/** Stands at one place of a JSON text, and moves forward as values are read or passed over. */
export class JsonReader {
  #at = 0;

  /** Stands at the beginning. */
  constructor(readonly text: string) {
    this.#skipSpace();
  }

  /**
   * Reads an object. What is no object is read as a whole.
   *
   * @param read Gives what becomes of a member, of which it may read the value; `undefined` leaves the member out.
   * @throws {SyntaxError}
   */
  object(read: (key: string, soFar: Readonly<Members>) => unknown): unknown {
    if (this.#next() !== OPEN_OBJECT) return this.value();
    const members: Members = {};
    this.#each(CLOSE_OBJECT, () => {
      const key = this.#key();
      const value = this.#valueOr(() => read(key, members));
      if (value !== undefined) setMember(members, key, value);
    });
    return members;
  }

  /**
   * Reads a list. What is no list is read as a whole.
   *
   * @param read Gives what becomes of an item, which it may read.
   * @throws {SyntaxError}
   */
  list(read: () => unknown): unknown {
    if (this.#next() !== OPEN_LIST) return this.value();
    const items: unknown[] = [];
    this.#each(CLOSE_LIST, () => items.push(this.#valueOr(read)));
    return items;
  }

  /**
   * Reads a value as a whole.
   *
   * @throws {SyntaxError}
   */
  value(): unknown {
    const from = this.#at;
    this.#pass();
    const to = this.#at;
    this.#skipSpace();
    return parseJson(this.text.slice(from, to));
  }

  /**
   * Makes sure that nothing follows.
   *
   * @throws {SyntaxError}
   */
  end(): void {
    if (this.#at < this.text.length) this.#fail();
  }

  /** Calls `read` at each member or item up to the closing character. */
  #each(close: number, read: () => void): void {
    this.#at++;
    this.#skipSpace();
    if (this.#next() !== close) {
      read();
      while (this.#next() === COMMA) {
        this.#take(COMMA);
        read();
      }
    }
    this.#take(close);
  }

  #key(): string {
    const from = this.#at;
    if (this.#next() !== QUOTE) this.#fail();
    this.#pass();
    const key = this.text.slice(from + 1, this.#at - 1);
    this.#skipSpace();
    this.#take(COLON);
    return key.includes("\\") ? JSON.parse(`"${key}"`) : key;
  }

  #valueOr(read: () => unknown): unknown {
    const before = this.#at;
    const value = read();
    if (this.#at === before) {
      this.#pass();
      this.#skipSpace();
    }
    return value;
  }

  #next(): number {
    return this.text.charCodeAt(this.#at);
  }

  #take(code: number): void {
    if (this.#next() !== code) this.#fail();
    this.#at++;
    this.#skipSpace();
  }

  #skipSpace(): void {
    while (isSpace(this.#next())) this.#at++;
  }

  /**
   * Moves behind the value that begins here. Only brackets, quotes and control characters are looked at: it is read nearly
   * as fast as copied.
   */
  #pass(): void {
    const { text } = this;
    const from = this.#at;
    let depth = 0;
    for (let at = from; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        for (at++; at < text.length; at++) {
          const inner = text.charCodeAt(at);
          if (inner === BACKSLASH) at++;
          else if (inner === QUOTE) break;
          else if (inner < SPACE) this.#fail(at);
        }
        if (depth === 0) return this.#endAt(at + 1);
      } else if (code === OPEN_OBJECT || code === OPEN_LIST) depth++;
      else if (code === CLOSE_OBJECT || code === CLOSE_LIST || code === COMMA) {
        if (depth === 0) return this.#endAt(at);
        if (code !== COMMA && --depth === 0) return this.#endAt(at + 1);
      } else if (depth === 0 && code === COLON) return this.#endAt(at);
      else if (code < SPACE && !isSpace(code)) this.#fail(at);
    }
    if (depth > 0) this.#fail(text.length);
    this.#endAt(text.length);
  }

  /** A value has a character at least. */
  #endAt(at: number): void {
    if (at === this.#at || at > this.text.length) this.#fail();
    this.#at = at;
  }

  #fail(at = this.#at): never {
    throw new SyntaxError(`Unexpected character at position ${at}`);
  }
}

/** JSON knows four characters of space; others, as the zeros of a hole in a file, are none. */
function isSpace(code: number): boolean {
  return code === SPACE || code === LINE_FEED || code === CARRIAGE_RETURN || code === TAB;
}

/** As JSON.parse does it: a key can be `__proto__`. */
function setMember(members: Members, key: string, value: unknown): void {
  if (key !== "__proto__") members[key] = value;
  else Object.defineProperty(members, key, { value, configurable: true, enumerable: true, writable: true });
}
