/**
 * The blocks of a file in HashiCorp's configuration language, without a parser: which there are, how they are nested, and
 * the attributes that are one quoted text. Enough to tell what a file is about; expressions are skipped, not understood.
 *
 * @module
 */

/** A block, as `backend "s3" { … }`. */
export interface HclBlock {
  /** Its first word, as `backend`. */
  type: string;
  /** What follows the first word, without quotes. */
  labels: string[];
  /** Attributes that are one quoted text, by name; templates (`${…}`) stand in it as they are written. */
  texts: Record<string, string>;
  /** The blocks in it. */
  blocks: HclBlock[];
}

const WORD = /[\p{L}_][\p{L}\p{N}_-]*/uy;
const BLANK = /(?:[^\S\r\n]|\/\*[^]*?\*\/)+/y;
const BETWEEN = /(?:\s+|\/\*[^]*?\*\/|(?:#|\/\/)[^\r\n]*)+/y;
const HEREDOC = /<<-?[ \t]*([\p{L}_][\p{L}\p{N}_-]*)[^]*?\n[ \t]*\1[ \t]*(?=\r?\n|$)/uy;
const LINE_COMMENT = /(?:#|\/\/)[^\r\n]*/y;

/**
 * The blocks at the top of a file, with those in them.
 *
 * @throws {SyntaxError} Where a block, a text or a bracket is not closed: nothing it says of the rest can be relied on.
 */
export function hclBlocks(source: string): HclBlock[] {
  return new Scanner(source.replace(/^\uFEFF/, "")).file();
}

class Scanner {
  #at = 0;

  constructor(readonly source: string) {}

  file(): HclBlock[] {
    const top: HclBlock = { type: "", labels: [], texts: {}, blocks: [] };
    const open = [top];
    for (this.#take(BETWEEN); this.#at < this.source.length; this.#take(BETWEEN)) {
      if (this.#char === "}") {
        if (open.length === 1) throw new SyntaxError("A bracket closes nothing");
        open.pop();
        this.#at++;
      } else {
        const block = this.#item(open.at(-1)!);
        if (block) open.push(block);
      }
    }
    if (open.length > 1) throw new SyntaxError(`A block "${open.at(-1)!.type}" is not closed`);
    return top.blocks;
  }

  /** Reads an attribute, which it puts into `body`, or the head of a block, which it puts there and returns. */
  #item(body: HclBlock): HclBlock | undefined {
    const type = this.#take(WORD);
    if (type === undefined) throw new SyntaxError(`Neither a block nor an attribute begins with ${this.#char}`);
    const labels: string[] = [];
    for (;;) {
      this.#take(BLANK);
      const label = this.#char === '"' ? this.#text() : this.#take(WORD);
      if (label === undefined) break;
      labels.push(label);
    }
    if (this.#char === "{") {
      this.#at++;
      const block: HclBlock = { type, labels, texts: {}, blocks: [] };
      body.blocks.push(block);
      return block;
    }
    if (this.#char !== "=") throw new SyntaxError(`Neither a block nor an attribute: ${type}`);
    this.#at++;
    const text = this.#expression();
    if (text !== undefined) body.texts[type] = text;
    return undefined;
  }

  /** Skips an expression. Returns its text where it is one quoted text and nothing else. */
  #expression(): string | undefined {
    this.#take(BLANK);
    const start = this.#at;
    let depth = 0, text: string | undefined, parts = 0;
    while (this.#at < this.source.length) {
      const char = this.#char;
      if (depth === 0 && (char === "\n" || char === "}")) break;
      if (char === '"') [text, parts] = [this.#text(), parts + 1];
      else if (this.#take(BLANK) === undefined && this.#take(LINE_COMMENT) === undefined) {
        parts++;
        if (this.#take(HEREDOC) === undefined) {
          if ("([{".includes(char)) depth++;
          else if (")]}".includes(char)) depth--;
          this.#at++;
          if (char === "\r") parts--;
        }
      }
    }
    if (depth !== 0) throw new SyntaxError(`A bracket is not closed from character ${start} on`);
    return parts === 1 ? text : undefined;
  }

  /** Reads a quoted text with the templates in it, whose own quotes do not end it. */
  #text(): string {
    const start = ++this.#at;
    /** How many brackets are open in a template; undefined outside of one. */
    let depth: number | undefined;
    for (; this.#at < this.source.length; this.#at++) {
      const char = this.#char;
      if (depth !== undefined) {
        if (char === '"') {
          this.#text();
          this.#at--;
        } else if (char === "{") depth++;
        else if (char === "}") depth = depth === 0 ? undefined : depth - 1;
      } else if (char === '"') {
        return this.source.slice(start, this.#at++);
      } else if (char === "\n") {
        break;
      } else if (char === "\\") {
        this.#at++;
      } else if (/^[$%]\{/.test(this.source.slice(this.#at, this.#at + 2))) {
        depth = 0;
        this.#at++;
      } else if (/^([$%])\1\{/.test(this.source.slice(this.#at, this.#at + 3))) {
        this.#at += 2;
      }
    }
    throw new SyntaxError(`A text is not closed from character ${start} on`);
  }

  get #char(): string {
    return this.source[this.#at] ?? "";
  }

  /** What stands here, where it is of this kind; the scanner is then behind it. */
  #take(kind: RegExp): string | undefined {
    kind.lastIndex = this.#at;
    const found = kind.exec(this.source)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}
