/**
 * Finds a chat by somebody who sends a code there: a chat's number is nowhere to be read in Telegram's apps, and whoever
 * could name another chat would read our messages there.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { API_ROOT, connectTelegram, type Recipient, REQUEST_TIMEOUT_MS, type Update } from "./client.ts";
import { nameOf } from "./folder.ts";
import { parseTelegramOptions, recipientsOf } from "./options.ts";
import { redactor } from "./token.ts";

export { readTokenText } from "./token.ts";

/** A chat, and who sent the code there. */
export interface PairedChat {
  /** Its number, and its topic. */
  recipient: Recipient;
  /** Its title; of a private chat, the person's name. */
  title: string;
  /** What kind of chat it is. */
  kind: "private" | "group" | "supergroup" | "channel";
  /** As `Alice Example (@alice)`; of a channel that hides its authors, its title. */
  sender: string;
}

/** A bot that is looking for its chat. */
export interface Pairing extends Disposable {
  /** The bot's name, without `@`. */
  bot: string;
  /** The chats that the options name. */
  configured: readonly Recipient[];
  /**
   * Waits until somebody sends `/start CODE`. Whatever else the bot is told is passed over.
   *
   * @throws {TelegramFailure} where Telegram does not let the bot hear, or `signal` ends it
   */
  wait(code: string, signal: AbortSignal): Promise<PairedChat>;
  /**
   * Sends a message to a chat.
   *
   * @returns The chat, with its new number where it got one.
   * @throws {TelegramFailure}
   */
  greet(recipient: Recipient, text: string, signal: AbortSignal): Promise<Recipient>;
}

/** How long Telegram waits for a message before it answers that there is none, in milliseconds. */
const POLL_MS = 10_000;
/** A pause after an answer without messages, in milliseconds: not every server waits. */
const PAUSE_MS = 250;
/** Without those that look like others. Telegram's links take these characters as they are. */
const LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const CODE_LENGTH = 8;

/** A code that nobody guesses while it is waited for: 40 bits. */
export function newCode(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(CODE_LENGTH)), (byte) => LETTERS[byte % LETTERS.length])
    .join("");
}

/**
 * Asks Telegram who the bot is.
 *
 * @param options The sink's, as a configuration has them: `apiRoot` and `proxy` hold here too.
 * @throws {TypeError} where an option does not fit
 * @throws {TelegramFailure} where the token is no bot's, or Telegram does not answer
 */
export async function openPairing(
  token: string,
  options: Record<string, unknown>,
  signal: AbortSignal,
): Promise<Pairing> {
  const parsed = parseTelegramOptions(options), { apiRoot = API_ROOT, proxy } = parsed;
  const configured = parsed.chatId === undefined ? [] : recipientsOf(parsed, () => undefined);
  const client = await connectTelegram({
    token,
    apiRoot,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    ...proxy === undefined ? {} : { proxy },
  });
  let bot: string;
  try {
    bot = (await client.whoAmI([], signal)).name.slice(1);
  } catch (error) {
    client[Symbol.dispose]();
    throw error;
  }
  let offset = 0;
  return {
    bot,
    configured,
    async wait(code, signal) {
      for (;;) {
        const updates = await client.updates(offset, POLL_MS, signal);
        for (const update of updates) {
          offset = update.update_id + 1;
          const chat = chatOf(update, code, bot);
          if (chat === undefined) continue;
          // Telegram forgets it with the next question; where that fails, it is forgotten after a day.
          await client.updates(offset, 0, signal).catch(() => {});
          return chat;
        }
        if (updates.length === 0) await delay(PAUSE_MS, { signal }).catch(() => {});
      }
    },
    async greet(recipient, text, signal) {
      const options = { html: false, silent: false, signal };
      const { migratedTo } = await client.send(recipient, redactor(token)(text), options);
      return migratedTo === undefined ? recipient : { chatId: migratedTo };
    },
    [Symbol.dispose]() {
      client[Symbol.dispose]();
    },
  };
}

/**
 * The chat that an update comes from, where it is `/start CODE`, also as `/start@bot CODE` or `/start CODE@bot`, in
 * whatever letter case.
 */
export function chatOf(update: Update, code: string, bot: string): PairedChat | undefined {
  const message = update.message ?? update.channel_post;
  if (message?.text === undefined) return undefined;
  const [, before, said, after] = /^\/start(?:@(\w+))?\s+([A-Z0-9]+)(?:@(\w+))?\s*$/i.exec(message.text) ?? [];
  const isOurs = [before, after].every((name) => name === undefined || name.toLowerCase() === bot.toLowerCase());
  if (said?.toUpperCase() !== code || !isOurs) return undefined;
  const { chat, from, sender_chat: senderChat } = message;
  const title = chat.title ?? fullName(chat);
  return {
    recipient: {
      chatId: chat.id,
      // An answer to a message has such a number too, in groups without topics.
      ...message.is_topic_message && message.message_thread_id !== undefined
        ? { threadId: message.message_thread_id }
        : {},
    },
    title,
    kind: chat.type,
    sender: from ? fullName(from) : senderChat?.title ?? title,
  };
}

/** What a configuration says as `chatId`. */
export function chatIdOf(recipient: Recipient): number | string {
  return recipient.threadId === undefined ? recipient.chatId : nameOf(recipient);
}

function fullName({ first_name: first, last_name: last, username }: {
  first_name?: string;
  last_name?: string;
  username?: string;
}): string {
  const name = [first, last].filter((part) => part !== undefined && part !== "").join(" ");
  return username === undefined ? name : `${name} (@${username})`.trim();
}
