/**
 * The parts of a secret that are secret by themselves.
 *
 * @module
 */

import { urlCredentials } from "./url_credentials.ts";

/** An API token of Proxmox VE, `USER@REALM!ID=UUID`. */
const PROXMOX_TOKEN = /@[^\s!=@]{1,100}![^\s=!]{1,100}=(\S+)/;
/** How PostgreSQL's settings have it: `host=db password='x y'`. */
const KEYWORD = /(?:^|\s)password\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S+))/g;
/** A line of a longer secret that is shorter than this may stand anywhere. */
const SHORTEST_LINE = 16;
/** So may a piece of any other that is shorter than this, or a plain word. */
const SHORTEST_PIECE = 8;
const NO_WORD = /\d|[a-z].*[A-Z]|[A-Z].*[a-z]/;

/**
 * What of a secret shows by itself: the UUID of an API token, the credentials of a URL or of PostgreSQL's settings, each
 * long line of a key, and what is left when a program cuts it at `/`, `?`, `#` or `@`, as parsers of URLs do.
 */
export function partsOf(secret: string): string[] {
  const text = secret.trim();
  const token = PROXMOX_TOKEN.exec(text)?.[1];
  return [
    ...text === secret ? [] : [text],
    ...token === undefined ? [] : [token],
    ...[...text.matchAll(KEYWORD)].map(([, quoted, plain = ""]) => quoted?.replace(/\\(.)/g, "$1") ?? plain),
    ...text.includes("\n") ? longLines(text) : text.includes("://") ? urlParts(text) : pieces(text),
  ];
}

/** The credentials of a URL, and the pieces of each: it has no other parts than what makes it a secret. */
export function urlParts(url: string): string[] {
  return urlCredentials(url).flatMap((one) => [one, ...cut(one)]);
}

function longLines(text: string): string[] {
  return text.split("\n").map((line) => line.trim())
    .filter((line) => line.length >= SHORTEST_LINE && !/^-----(?:BEGIN|END) /.test(line));
}

/** What is left of a password when it is cut; the pieces of a path are none. */
function pieces(secret: string): string[] {
  return secret.startsWith("/")
    ? []
    : cut(secret).filter((piece) => piece.length >= SHORTEST_PIECE && NO_WORD.test(piece));
}

function cut(secret: string): string[] {
  const all = secret.split(/[/?#@]/);
  return all.length > 1 ? all : [];
}
