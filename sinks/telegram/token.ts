/**
 * The bot's token: from a file, a systemd credential or the environment, never from the configuration itself; and how it
 * is kept out of whatever is shown.
 *
 * @module
 */

import { join } from "node:path";
import { wayIn } from "../../lib/access.ts";
import { messageOf } from "../../lib/message_of.ts";
import { refuseIfUntrusted } from "../../lib/ownership.ts";
import { shellWord } from "../../lib/shell_word.ts";

/** Where a token may be. */
export interface TokenSources {
  /** Path of the file that the configuration names; then nothing else is looked at. */
  tokenFile?: string;
  /** Reads a variable of the environment. */
  env: (name: string) => string | undefined;
  /** The caller's user number. */
  uid: number;
}

/** A token, where it came from, and what is wrong with that place though it can be used. */
export interface Token {
  /** A secret. */
  token: string;
  /** In words, as `file "/etc/pve-drift/telegram-token"`. */
  from: string;
  /** One sentence, with its cure. */
  warning?: string;
}

/** Telegram's have 35 characters; a shorter text may well be a word. */
const SHORTEST_SECRET = 16;
const CREDENTIAL = "telegram-token";
/** Where the shipped units let systemd look for it. */
const CREDENTIAL_FILE = "/etc/credstore/pve-drift.telegram-token";
const VARIABLE = "TELEGRAM_BOT_TOKEN";
/** Number of the bot, colon, secret: what stands in a URL without being encoded. */
const SHAPE = /^\d+:[A-Za-z0-9_-]+$/;
const LONGEST = 4096;
const OTHERS_READ = 0o004;

/**
 * Finds the token: in `tokenFile` where it is given, else in `$CREDENTIALS_DIRECTORY/telegram-token`, else in
 * `TELEGRAM_BOT_TOKEN`.
 *
 * A `tokenFile` that somebody else may change is refused: whoever can put the token of a bot of theirs there reads our
 * notices. One that everybody may read is used, with a warning: what is lost is lost, and silence would be lost on top.
 *
 * @throws {Error} that says where it was looked for, and what to do; never with the token, or anything of a wrong one
 */
export async function findToken({ tokenFile, env, uid }: TokenSources): Promise<Token> {
  if (tokenFile !== undefined) return await readToken(tokenFile, uid);
  const credentials = env("CREDENTIALS_DIRECTORY");
  if (credentials) {
    try {
      return await readToken(join(credentials, CREDENTIAL));
    } catch (error) {
      if (!((error as Error).cause instanceof Deno.errors.NotFound)) throw error;
    }
  }
  const value = env(VARIABLE)?.trim();
  if (value) return { token: readTokenText(value), from: `variable ${VARIABLE}` };
  throw new Error(
    `Cannot find the bot's token: "tokenFile" names no file, systemd gave no credential "${CREDENTIAL}" (it takes it from ` +
      `"${CREDENTIAL_FILE}"), and the variable ${VARIABLE} is not set`,
  );
}

/** @param uid Asks for a file that nobody but root and this user could have changed. */
async function readToken(path: string, uid?: number): Promise<Token> {
  const from = `file "${path}"`;
  try {
    // Before it is opened: opening a pipe would wait for whoever writes it.
    const { isFile, mode, size } = await Deno.stat(path);
    if (!isFile) throw new Error("it is not a regular file");
    if (size > LONGEST) throw new Error(`it has ${size} bytes, which is no token`);
    if (uid !== undefined) await refuseIfUntrusted(path, uid);
    const token = readTokenText(await Deno.readTextFile(path));
    if (uid === undefined || !(mode! & OTHERS_READ)) return { token, from };
    const warning =
      `Everybody may read the bot's token in "${path}": run "chmod o-r ${path}", and have @BotFather make a new one`;
    return { token, from, warning };
  } catch (cause) {
    throw new Error(`Cannot read the bot's token from ${from}: ${await whyNot(cause, path)}`, { cause });
  }
}

/** Why a file cannot be read, and what to do about it. */
async function whyNot(error: unknown, path: string): Promise<string> {
  if (error instanceof Deno.errors.NotFound) {
    return `there is no such file; write the token there, and run "chmod 600 ${shellWord(path)}"`;
  }
  const cure = error instanceof Deno.errors.PermissionDenied ? await wayIn(path, "read") : undefined;
  return cure === undefined ? messageOf(error) : `${messageOf(error)}; ${cure}`;
}

/**
 * The token in a text that holds nothing else, but for blanks around it.
 *
 * @throws {Error} that says of another text how long it is, and nothing of what it holds
 */
export function readTokenText(text: string): string {
  const value = text.replace(/^\ufeff/, "").trim();
  if (SHAPE.test(value)) return value;
  const found = value === "" ? "nothing" : `${value.length} characters of another form`;
  throw new Error(`a token must be like "123456789:AAE…" and stand alone, got ${found}`);
}

/** Replaces a token wherever it appears: whole, encoded as in a URL, and its secret half. */
export function redactor(token: string | undefined): (text: string) => string {
  if (!token) return (text) => text;
  const half = token.slice(token.indexOf(":") + 1);
  const secrets = [token, encodeURIComponent(token), ...half.length >= SHORTEST_SECRET ? [half] : []];
  return (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, "(bot token)"), text);
}
