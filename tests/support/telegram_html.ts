/**
 * Parses a message as Telegram does in its HTML parse mode, and refuses what Telegram refuses. It follows the
 * documentation of the Bot API ("Formatting options") and the error texts of its server, and is stricter than the real
 * one in three points, so that nothing passes here that fails there: unknown named entities, a bare `&`, `>` or a tag
 * inside `code` are refused, where the real server leaves the first two as they are and drops the formatting of the
 * third.
 *
 * @module
 */

/** What a reader of the message sees. */
export interface ParsedText {
  /** Without tags and entities. */
  text: string;
  /** Number of formatted pieces. Telegram drops the formatting beyond the hundredth. */
  entities: number;
}

/** Telegram would answer 400 with this description behind "Bad Request: can't parse entities: ". */
export class EntitiesUnreadable extends Error {
  /** How it shows in traces. */
  override readonly name = "EntitiesUnreadable";
}

const PLAIN_TAGS = new Set(
  ["b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "tg-spoiler"],
);
const NAMED: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"' };

/**
 * Reads HTML as Telegram does.
 *
 * @throws {EntitiesUnreadable} if Telegram refuses it; offsets are in bytes.
 */
export function parseTelegramHtml(html: string): ParsedText {
  const open: string[] = [];
  let text = "", entities = 0;
  const at = (index: number) => `at byte offset ${new TextEncoder().encode(html.slice(0, index)).length}`;
  for (let index = 0; index < html.length;) {
    const character = html[index]!;
    if (character === "&") {
      const [whole, decoded] = decode(html.slice(index, index + 16));
      if (decoded === undefined) throw new EntitiesUnreadable(`Unknown entity "${whole}" ${at(index)}`);
      text += decoded;
      index += whole.length;
    } else if (character === ">") {
      throw new EntitiesUnreadable(`Unescaped ">" ${at(index)}`);
    } else if (character !== "<") {
      text += character;
      index++;
    } else {
      const end = html.indexOf(">", index);
      if (end < 0) {
        throw new EntitiesUnreadable(`Unclosed ${html[index + 1] === "/" ? "end" : "start"} tag ${at(index)}`);
      }
      const tag = html.slice(index + 1, end);
      if (tag.startsWith("/")) {
        const expected = open.pop();
        const found = tag.slice(1).trim();
        if (expected === undefined) throw new EntitiesUnreadable(`Unexpected end tag ${at(index)}`);
        if (found !== expected) {
          throw new EntitiesUnreadable(
            `Unmatched end tag ${at(index)}, expected "</${expected}>", found "</${found}>"`,
          );
        }
      } else {
        const parent = open.at(-1);
        const name = startTag(tag, at(index));
        if (parent === "code" || (parent === "pre" && name !== "code")) {
          throw new EntitiesUnreadable(`Tag "${name}" inside "${parent}" ${at(index)}`);
        }
        if (name === "blockquote" && open.includes(name)) {
          throw new EntitiesUnreadable(`Nested blockquote ${at(index)}`);
        }
        open.push(name);
        entities++;
      }
      index = end + 1;
    }
  }
  if (open.length > 0) throw new EntitiesUnreadable(`Can't find end tag corresponding to start tag "${open.at(-1)}"`);
  return { text, entities };
}

function startTag(tag: string, where: string): string {
  const [, name = "", rest = ""] = /^([^\s]*)\s*([^]*)$/.exec(tag) ?? [];
  const attribute = /^([a-z-]+)="([^"<>]*)"$/.exec(rest);
  const fits = rest === ""
    ? PLAIN_TAGS.has(name) || name === "blockquote"
    : (name === "a" && attribute?.[1] === "href" && attribute[2] !== "") ||
      (name === "span" && attribute?.[1] === "class" && attribute[2] === "tg-spoiler") ||
      (name === "code" && attribute?.[1] === "class" && attribute[2]!.startsWith("language-")) ||
      (name === "blockquote" && rest === "expandable");
  if (fits) return name;
  if (PLAIN_TAGS.has(name) || ["a", "span", "blockquote"].includes(name)) {
    throw new EntitiesUnreadable(`Tag "${name}" must have other attributes than "${rest}" ${where}`);
  }
  throw new EntitiesUnreadable(`Unsupported start tag "${name}" ${where}`);
}

/** The entity at the beginning of a text, and the character it stands for. */
function decode(text: string): [whole: string, decoded?: string] {
  const [whole, decimal, hexadecimal, name] = /^&(?:#(\d+)|#x([0-9a-fA-F]+)|([a-zA-Z]+));/.exec(text) ?? [];
  if (whole === undefined) return [text.slice(0, 1)];
  if (name !== undefined) return NAMED[name] === undefined ? [whole] : [whole, NAMED[name]];
  const code = decimal === undefined ? Number.parseInt(hexadecimal!, 16) : Number(decimal);
  const isCharacter = code > 0 && code < 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return isCharacter ? [whole, String.fromCodePoint(code)] : [whole];
}
