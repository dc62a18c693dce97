/**
 * Quoted texts and templates of Terraform's language. Pure.
 *
 * @module
 */

const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t" };
/** More insertions within insertions than anybody writes; a file made to exhaust the stack ends here. */
const DEEPEST = 100;

/**
 * Reads a text in quotes.
 *
 * @param start Where the opening quote stands.
 * @returns What stands between the insertions, without escapes, and the place after the closing quote. A text that the
 * line's end cuts off ends there.
 */
export function readQuoted(text: string, start: number, depth = 0): { parts: string[]; end: number } {
  const parts: string[] = [];
  let part = "";
  let at = start + 1;
  while (at < text.length && text[at] !== '"' && text[at] !== "\n") {
    if (isInsertion(text, at)) {
      parts.push(part);
      part = "";
      at = endOfInsertion(text, at + 2, depth);
      continue;
    }
    const [length, character] = characterAt(text, at);
    part += character;
    at += length;
  }
  return { parts: [...parts, part], end: at + (text[at] === '"' ? 1 : 0) };
}

/** What stands between the insertions of a heredoc. */
export function splitTemplate(text: string): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at + 1] !== "{" || !isInsertion(text, at)) continue;
    parts.push(text.slice(from, at));
    from = endOfInsertion(text, at + 2, 0);
    at = from - 1;
  }
  return [...parts, text.slice(from)].map((part) => part.replace(/([$%])\1(?=\{)/g, "$1"));
}

/** `${` and `%{` begin one, `$${` and `%%{` stand for themselves. */
function isInsertion(text: string, at: number): boolean {
  const sign = text[at];
  return (sign === "$" || sign === "%") && text[at + 1] === "{" && text[at - 1] !== sign;
}

function endOfInsertion(text: string, start: number, depth: number): number {
  let open = 1;
  let at = start;
  for (; at < text.length && open > 0; at++) {
    if (text[at] === "{") open++;
    else if (text[at] === "}") open--;
    else if (text[at] === '"' && depth < DEEPEST) at = readQuoted(text, at, depth + 1).end - 1;
  }
  return at;
}

/** A character of a quoted text, and how many stand for it. */
function characterAt(text: string, at: number): [length: number, character: string] {
  const [, code] = /^\\u([0-9a-fA-F]{4})|^$/.exec(text.slice(at, at + 6)) ?? [];
  if (code !== undefined) return [6, String.fromCharCode(parseInt(code, 16))];
  const next = text[at + 1] ?? "";
  if (text[at] === "\\") return [2, ESCAPES[next] ?? next];
  if ((text[at] === "$" || text[at] === "%") && next === text[at] && text[at + 2] === "{") return [2, next];
  return [1, text[at]!];
}
