/**
 * Finds many phrases in a text at once.
 *
 * @module
 */

/** No phrase is shorter: its first characters lead to it. */
export const SHORTEST_PHRASE = 4;

interface Bucket {
  phrases: Set<string>;
  /** Distinct lengths of `phrases`, longest first. */
  lengths: number[];
}

/**
 * A set of phrases, by their first four characters, and a bit map that most positions of a text fail: a search takes the
 * same time for one phrase and for thousands.
 */
export class PhraseFinder {
  #marks = new Uint8Array(0);
  readonly #buckets = new Map<number, Bucket>();

  /** Takes a phrase of {@linkcode SHORTEST_PHRASE} and more characters. */
  add(phrase: string): void {
    // Made late: most runs of a check know no secret at all.
    if (this.#marks.length === 0) this.#marks = new Uint8Array(1 << 18);
    let window = 0;
    for (let i = 0; i < SHORTEST_PHRASE; i++) window = next(window, phrase.charCodeAt(i));
    this.#marks[slot(window)] = 1;
    let bucket = this.#buckets.get(window);
    if (!bucket) this.#buckets.set(window, bucket = { phrases: new Set(), lengths: [] });
    bucket.phrases.add(phrase);
    if (bucket.lengths.includes(phrase.length)) return;
    bucket.lengths.push(phrase.length);
    bucket.lengths.sort((a, b) => b - a);
  }

  /**
   * The text with `mask` in place of every phrase of at least `least` characters. Phrases that overlap are replaced
   * together, so that no part of either stays.
   */
  replace(text: string, mask: string, least = 0): string {
    let result = "";
    let copied = 0;
    for (const [from, to] of this.#find(text, least)) {
      result += text.slice(copied, from) + mask;
      copied = to;
    }
    return copied === 0 ? text : result + text.slice(copied);
  }

  /** Where phrases stand, those that overlap as one. */
  *#find(text: string, least: number): Generator<[from: number, to: number]> {
    let from = -1, to = -1, window = 0;
    for (let i = 0; i < text.length; i++) {
      window = next(window, text.charCodeAt(i));
      if (i < SHORTEST_PHRASE - 1 || this.#marks[slot(window)] !== 1) continue;
      const start = i - (SHORTEST_PHRASE - 1);
      const length = longest(this.#buckets.get(window), text, start, to);
      if (length === 0 || length < least) continue;
      if (start >= to) {
        if (from >= 0) yield [from, to];
        from = start;
      }
      to = Math.max(to, start + length);
    }
    if (from >= 0) yield [from, to];
  }
}

// The last four UTF-16 units in 32 bits: what is older has been shifted out.
function next(window: number, code: number): number {
  return (window << 8) ^ code;
}

function slot(window: number): number {
  return Math.imul(window, 0x9e3779b1) >>> 14;
}

/** The longest phrase that begins at `start` and ends after `beyond`; 0 where there is none. */
function longest(bucket: Bucket | undefined, text: string, start: number, beyond: number): number {
  for (const length of bucket?.lengths ?? []) {
    const end = start + length;
    if (end <= beyond) return 0;
    if (end <= text.length && bucket?.phrases.has(text.slice(start, end))) return length;
  }
  return 0;
}
