/**
 * Literal texts in Terraform's language, each with the names that it stands under. This is no parser: it does not work out
 * what an expression comes to. Unlike `lib/hcl_blocks.ts`, which skips expressions and refuses code that is damaged, it looks
 * into them, and reads code that Terraform refuses. Pure.
 *
 * @module
 */

import { readQuoted, splitTemplate } from "./template.ts";

/** Where something stands in a file. */
export interface Place {
  /** Header of the outermost block: type and labels, as `["variable", "db_password"]`; empty outside blocks. */
  block: string[];
  /** Attributes and blocks on the way, outermost first, without the outermost block. */
  names: string[];
}

/** A text in quotes, or a heredoc. */
export interface Literal extends Place {
  /** Tells it from the others. */
  kind: "text";
  /** Its text; of a template, what stands between the insertions. */
  parts: string[];
  /** It is an argument of `sensitive()`. */
  isSensitive: boolean;
}

/** What is read of a file: a text, a setting that is `true`, or a reference to a variable, `var.name`. */
export type Found = Literal | Place & { kind: "true" } | Place & { kind: "variable"; name: string };

/** An open bracket. */
interface Frame {
  opener: string;
  /** Type and labels of a block; the name of the attribute that a list, an object or a call belongs to. */
  header: string[];
  isBlock: boolean;
  /** Name of the function that is called. */
  call: string | undefined;
  /** Literals in it are no part of the value: an index, or an argument of a function that looks something up. */
  isInert: boolean;
}

// Functions whose arguments are part of what they return.
const TRANSPARENT =
  /^(?:(?:non)?sensitive|base64encode|jsonencode|yamlencode|tostring|tolist|toset|tomap|trimspace|chomp|coalesce|concat|merge|try|format|join)$/;
const TOKEN =
  /(?:#|\/\/).*|\/\*[^]*?(?:\*\/|$)|<<(?<dedent>-?)(?<heredoc>[A-Za-z_][\w-]*)[ \t]*\r?\n|[A-Za-z_][\w-]*|[=!<>]=|=>|\n|\S/g;
const COMMENT = /^(?:#|\/\/|\/\*)/;
const WORD = /^[A-Za-z_]/;

/** Everything of interest in a file, in order. */
export function* literalsIn(text: string): Generator<Found> {
  const scan = new Scan();
  const tokens = new RegExp(TOKEN);
  for (let match; (match = tokens.exec(text));) {
    const [token] = match;
    const { heredoc, dedent } = match.groups as { heredoc?: string; dedent?: string };
    if (COMMENT.test(token)) continue;
    if (token === '"') {
      const { parts, end } = readQuoted(text, match.index);
      tokens.lastIndex = end;
      if (/^[ \t]*(?:=(?![=>])|:)/.test(text.slice(end, end + 100)) && scan.key(parts.join(""))) continue;
      yield* scan.literal(parts);
    } else if (heredoc !== undefined) {
      const { body, end } = readHeredoc(text, tokens.lastIndex, heredoc, dedent === "-");
      tokens.lastIndex = end;
      yield* scan.literal(splitTemplate(body));
    } else yield* scan.token(token);
  }
}

/** What has been read of a file up to some point. */
class Scan {
  readonly #frames: Frame[] = [];
  /** Names of the attributes that the open brackets interrupt. */
  readonly #interrupted: (string | undefined)[] = [];
  /** Words since the beginning of the statement. */
  #words: string[] = [];
  /** The attribute that is being set. */
  #name: string | undefined;
  #previous = "\n";
  /** The name before a dot. */
  #owner: string | undefined;

  /** Takes a text as the key of an object, where one can stand. */
  key(text: string): boolean {
    const isKey = this.#isAtStatement() && this.#name === undefined;
    if (isKey) this.#words = [text];
    return isKey;
  }

  *literal(parts: string[]): Generator<Literal> {
    const isValue = ["=", ":", "?", "[", ",", "("].includes(this.#previous) && !this.#frames.at(-1)?.isInert &&
      (this.#name !== undefined || !this.#isAtStatement());
    this.#previous = '"';
    if (isValue) {
      yield {
        kind: "text",
        ...this.#place(),
        parts,
        isSensitive: this.#live().some(({ call }) => call === "sensitive"),
      };
    } else this.#words.push(parts.join("")); // a block's label
  }

  *token(token: string): Generator<Found> {
    if (token === "true" && this.#name !== undefined) yield { kind: "true", ...this.#place() };
    if (this.#owner === "var" && WORD.test(token)) yield { kind: "variable", ...this.#place(), name: token };
    this.#owner = token === "." ? this.#previous : undefined;
    if (WORD.test(token)) this.#words.push(token);
    else if ("{[(".includes(token)) this.#open(token);
    else if ("}])".includes(token)) this.#close();
    else if (token === "=" || (token === ":" && this.#name === undefined)) this.#name = this.#words.at(-1);
    else if (token === "\n" || token === ",") this.#endOfItem();
    if (token !== "\n" || this.#isAtStatement()) this.#previous = token;
  }

  #open(opener: string) {
    const isAfterWord = WORD.test(this.#previous);
    const isBlock = opener === "{" && this.#name === undefined && this.#words.length > 0 && this.#isAtStatement();
    const call = opener === "(" && isAfterWord ? this.#previous : undefined;
    const isIndex = opener === "[" && (isAfterWord || '])"'.includes(this.#previous));
    const header = isBlock ? this.#words : this.#name === undefined ? [] : [this.#name];
    this.#frames.push({
      opener,
      header,
      isBlock,
      call,
      isInert: isIndex || (call !== undefined && !TRANSPARENT.test(call)),
    });
    this.#interrupted.push(isBlock ? undefined : this.#name);
    this.#name = undefined;
    this.#words = [];
  }

  #close() {
    this.#frames.pop();
    this.#name = this.#interrupted.pop();
    this.#words = [];
  }

  #endOfItem() {
    if (!this.#isAtStatement()) return;
    this.#name = undefined;
    this.#words = [];
  }

  /** Whether names can be set here: at the top of a file, in a block or in an object. */
  #isAtStatement(): boolean {
    return (this.#frames.at(-1)?.opener ?? "{") === "{";
  }

  /** The brackets whose content is part of the value. */
  #live(): Frame[] {
    return this.#frames.slice(this.#frames.findLastIndex(({ isInert }) => isInert) + 1);
  }

  #place(): Place {
    const [outermost] = this.#frames;
    const names = this.#live().filter((frame) => !(frame === outermost && frame.isBlock)).flatMap(({ header }) =>
      header
    );
    return {
      block: outermost?.isBlock ? outermost.header : [],
      names: this.#name === undefined ? names : [...names, this.#name],
    };
  }
}

function readHeredoc(text: string, start: number, name: string, dedent: boolean): { body: string; end: number } {
  const closing = new RegExp(`^[ \\t]*${name}[ \\t]*\\r?$`, "gm");
  closing.lastIndex = start;
  const match = closing.exec(text);
  const body = text.slice(start, match?.index ?? text.length);
  const end = match ? match.index + match[0].length : text.length;
  if (!dedent) return { body, end };
  const indents = (body.match(/^[ \t]*(?=\S)/gm) ?? [""]).map((indent) => indent.length);
  const least = indents.reduce((one, other) => Math.min(one, other));
  return { body: body.replace(/^[ \t]+/gm, (indent) => indent.slice(least)), end };
}
