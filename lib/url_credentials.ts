/**
 * Credentials in URLs: `scheme://USER:PASSWORD@host`, `scheme://TOKEN@host` and `?token=SECRET`. A password may hold what
 * should have been percent-encoded (`/`, `?`, `#`, `@`, a blank): that is when programs print the whole URL in an error.
 *
 * @module
 */

import { isSecretName } from "./secret_names.ts";

// In URLs alone: in the source of a module `sshkey` is a private key, elsewhere such a name holds a public one.
const SECRET_PARAMETER = /^(?:sshkey|sas|sig|signature|x-\w+-signature|auth|authkey)$/i;
const PARAMETER = /([?&#;]([\w.-]+)=)[^&#;\s"'`]+/g;
/** Pieces that parsers quote: what Go takes for a port, what libraries for PostgreSQL take for a setting's name. */
const PIECES = [
  /(invalid port \\?":)(?!\d+\\?")[^"\n]{1,2000}?(?=\\?" after host)/g,
  // PostgreSQL's settings: `host=db password='x y'`.
  /(\b(?:host|hostaddr|port|user|dbname|sslmode)=(?:(?!\bpassword\b)[^\n]){0,200}? password ?= ?)(?:'(?:[^'\\]|\\.)*'|[^\s"'`]+)/g,
  /(\bpassword ?= ?)(?:'(?:[^'\\]|\\.)*'|[^\s"'`]+)(?= [^\n]{0,200}?\b(?:host|hostaddr|port|user|dbname|sslmode)=)/g,
  /(missing \\?"=\\?" after \\?")[^"\n]{1,2000}?(?=\\?" in connection)/g,
];

/** A user name as long as this is a token. */
const TOKEN_LENGTH = 20;
/** How far the end of a password is looked for, in characters: all of a long text for each URL in it would take too long. */
const REACH = 2000;

/** `git::https` and the like, in characters. */
const LONGEST_SCHEME = 40;

/** A part of a text, from its first character to the one after its last. */
type Span = [from: number, to: number];

/** A text with `mask` in place of each credential that is one by its place in a URL. */
export function maskUrlCredentials(text: string, mask: string): string {
  let result = "";
  let copied = 0;
  for (const [from, to] of spansIn(text)) {
    result += text.slice(copied, from) + mask;
    copied = to;
  }
  const clean = copied === 0 ? text : result + text.slice(copied);
  return PIECES.reduce((one, piece) => one.replace(piece, `$1${mask}`), clean)
    .replace(PARAMETER, (found, start, name) => isSecretParameter(name) ? start + mask : found);
}

/** The credentials in a URL, or in a text with URLs in quotes, as they stand there and decoded. */
export function urlCredentials(url: string): string[] {
  const isWhole = WHOLE.test(url);
  const found = spansIn(url, isWhole).map(([from, to]) => url.slice(from, to));
  for (const [parameter, start = "", name = ""] of url.matchAll(PARAMETER)) {
    if (isSecretParameter(name)) found.push(parameter.slice(start.length));
  }
  return [...new Set(found.flatMap((one) => [one, decoded(one)]))];
}

function isSecretParameter(name: string): boolean {
  return SECRET_PARAMETER.test(name) || isSecretName(name);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @param isWhole The text is one URL, and nothing else ends it. */
function spansIn(text: string, isWhole = false): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (let colon; (colon = text.indexOf("://", from)) >= 0;) {
    spans.push(...spansAt(text, colon, isWhole));
    from = Math.max(colon + 3, spans.at(-1)?.[1] ?? 0);
  }
  return spans;
}

/** The credentials of the URL whose scheme ends at `colon`. */
function spansAt(text: string, colon: number, isWhole: boolean): Span[] {
  const start = colon + 3;
  const user: Span = [start, start + endOfRun(text.slice(start, start + REACH), 0, USER)];
  const isToken = user[1] - user[0] >= TOKEN_LENGTH;
  const next = text[user[1]];
  if (next === "@") return isToken ? [user] : [];
  const password = next === ":" ? passwordAt(text, colon, user[1] + 1, isWhole) : undefined;
  if (!password) return [];
  const isEmpty = password[0] === password[1];
  return [...isToken || isEmpty ? [user] : [], ...isEmpty ? [] : [password]];
}

const USER = /[^\s/?#@:"'`[\]]/;
const WORD = /\S/;
const WHOLE = /^[\w+.:-]+:\/\//;
const HOST = /^@(?:[\w-]+\.[\w.-]*\w|localhost\b|[\w-]+:\d|\[)/;
/** What follows a quote that closes a text, and is no character of a password. */
const AFTER_QUOTE = /^[\\]?["'`](?:$|[\s,.:;)\]}>\\"'`])/;
const SCHEME = /[\w+.:-]/;
/** A port and no password: digits, and then the path, the query, the end or the rest of a sentence. */
const PORT = /^\d{1,5}(?:$|[/?#\s"'`\\]|[,.;:)\]}>]+(?:\s|$))/;

/** The password that begins at `from`; what begins like a port is none. */
function passwordAt(text: string, colon: number, from: number, isWhole: boolean): Span | undefined {
  const near = isWhole ? text.slice(from) : text.slice(from, from + REACH).split("\n", 1)[0]!;
  const quote = isWhole ? "" : openingQuote(text, colon);
  const length = quote === undefined ? endOfRun(near, 0, WORD) : closingQuote(near, quote);
  const last = near.lastIndexOf("@", length - 1);
  const isPassword = last >= 0 && leadsToHost(text, colon, near.slice(last));
  if (length === 0 || (!isPassword && PORT.test(near.slice(0, Math.min(length + 1, 8))))) return undefined;
  if (last >= 0) return [from, from + last];
  if (quote !== undefined) return [from, from + length];
  // A password with blanks ends in a later word.
  const more = /^[^@]*@/.exec(near.slice(length))?.[0].length;
  return more === undefined ? undefined : [from, from + near.lastIndexOf("@", endOfRun(near, length + more, WORD) - 1)];
}

/**
 * Whether digits after a user are no port: the path of a database's URL is a name without "@", and else what has no dot
 * before them and is followed by an address is a user rather than a server.
 */
function leadsToHost(text: string, colon: number, rest: string): boolean {
  if (/\bpostgres(?:ql)?$/.test(text.slice(Math.max(0, colon - 12), colon))) return true;
  return !/^[^:]*\./.test(text.slice(colon + 3, colon + 3 + REACH)) && HOST.test(rest);
}

function endOfRun(text: string, from: number, allowed: RegExp): number {
  let end = from;
  while (end < text.length && allowed.test(text[end]!)) end++;
  return end;
}

/** The quote that a URL stands in, with its backslash where it has one; undefined where it stands in none. */
function openingQuote(text: string, colon: number): string | undefined {
  let start = colon;
  while (start > colon - LONGEST_SCHEME && SCHEME.test(text[start - 1] ?? "")) start--;
  return /\\?["'`]$/.exec(text.slice(Math.max(0, start - 2), start))?.[0];
}

/** Where the quotes close; without a quote, or where they do not, at the end. */
function closingQuote(text: string, quote: string): number {
  for (let at = quote ? text.indexOf(quote) : -1; at >= 0; at = text.indexOf(quote, at + 1)) {
    if (text[at - 1] !== "\\" && AFTER_QUOTE.test(text.slice(at, at + 3))) return at;
  }
  return text.length;
}
