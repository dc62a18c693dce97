/**
 * Options of the Telegram sink.
 *
 * @module
 */

import { duration, flag, fromLoader, type OptionKind, path, readOptions, SinkOptionsError } from "../options.ts";
import type { Recipient } from "./client.ts";

/** What a user may set, and what the loader hands in. */
export interface TelegramOptions {
  /** The chats, each with its topic where it has one. */
  chatId?: Recipient[];
  /** Topic of the one chat that is given. */
  threadId?: number;
  /** Without a sound. */
  silent?: boolean;
  /** File that holds the bot's token. */
  tokenFile?: string;
  /** After how many milliseconds a chat is reminded of what stays as it was; `Infinity`: never. */
  remind?: number;
  /** URL of the proxy. */
  proxy?: string;
  /** Root of the Bot API, without a slash at its end. */
  apiRoot?: string;
  /** Where a browser finds all of it: the address of the page that the html sink writes. */
  pageUrl?: string;
  /** Where a relative `tokenFile` starts. */
  base?: string;
}

const NAME = "telegram";

/** A chat's number or a channel's name, with or without a topic; several in a list, or with commas between. */
const chats: OptionKind<Recipient[]> = {
  wanted: "a chat's number like -1001234567890, a channel's \"@name\", one of them with a topic like " +
    '"-1001234567890/7", or a list of such',
  read(value) {
    const list = Array.isArray(value) ? value : typeof value === "string" ? value.split(",") : [value];
    const found = list.map(recipient);
    const keys = new Set(found.map((one) => JSON.stringify(one)));
    const isWhole = found.length > 0 && keys.size === found.length && found.every((one) => one !== undefined);
    return isWhole ? found : undefined;
  },
};

function recipient(value: unknown): Recipient | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const [, number, name, thread] =
    /^\s*(?:(-?\d{1,16})|(@[A-Za-z]\w{3,31}))(?:\/(\d{1,10}))?\s*$/.exec(String(value)) ?? [];
  const chatId = number === undefined ? name : Number(number);
  if (chatId === undefined || chatId === 0) return undefined;
  if (thread === undefined) return { chatId };
  return Number(thread) > 0 ? { chatId, threadId: Number(thread) } : undefined;
}

const thread: OptionKind<number> = {
  wanted: "a topic's number, as in the topic's link",
  read: (value) => typeof value !== "boolean" && /^[1-9]\d{0,9}$/.test(String(value)) ? Number(value) : undefined,
};

const remind: OptionKind<number> = {
  wanted: 'a duration like "12h" or "7d", or "off"',
  read: (value) => value === "off" ? Infinity : duration.read(value),
};

/** An address. */
function address(wanted: string, ...protocols: string[]): OptionKind<string> {
  return {
    wanted,
    read(value) {
      if (typeof value !== "string" || !URL.canParse(value)) return undefined;
      const { protocol, search, hash } = new URL(value);
      return search + hash === "" && protocols.includes(protocol) ? value.replace(/\/+$/, "") : undefined;
    },
  };
}

/**
 * Checks options as the configuration or a `--sink` query gives them.
 *
 * @throws {SinkOptionsError} naming the option that does not fit, what was found and what is wanted
 */
export function parseTelegramOptions(input: unknown): TelegramOptions {
  refuseSecrets(input);
  const options: TelegramOptions = readOptions(NAME, input, {
    chatId: chats,
    threadId: thread,
    silent: flag,
    tokenFile: path,
    remind,
    proxy: address('a proxy\'s address like "http://proxy.example.org:3128"', "http:", "https:", "socks5:", "socks5h:"),
    apiRoot: address('a Bot API server\'s address like "http://localhost:8081"', "http:", "https:"),
  }, {
    pageUrl: fromLoader<string>(),
    asked: fromLoader<boolean>(),
    base: fromLoader<string>(),
  });
  const { chatId, threadId } = options;
  if (threadId !== undefined && chatId && (chatId.length > 1 || chatId[0]!.threadId !== undefined)) {
    throw new SinkOptionsError(
      NAME,
      `"threadId" belongs to one chat without a topic of its own, got it beside ${chatId.length} in ` +
        '"chatId": write each as "CHAT/TOPIC"',
    );
  }
  return options;
}

/** Secrets do not belong into a configuration; here they are refused without being shown. */
function refuseSecrets(input: unknown) {
  const { tokenFile, proxy, apiRoot } = (typeof input === "object" ? input ?? {} : {}) as Record<string, unknown>;
  if (typeof tokenFile === "string" && /\d+:[\w-]{16,}/.test(tokenFile)) {
    throw new SinkOptionsError(
      NAME,
      '"tokenFile" must be the path of a file, got what looks like a token: write it into a file of mode 0600',
    );
  }
  for (const [name, value] of Object.entries({ proxy, apiRoot })) {
    if (typeof value === "string" && value.includes("@")) {
      throw new SinkOptionsError(
        NAME,
        `"${name}" must be an address without a user and a password; a proxy that wants them goes into the variable HTTPS_PROXY`,
      );
    }
  }
}

/**
 * The chats, of the options or else of the variable `TELEGRAM_CHAT_ID`.
 *
 * @throws {SinkOptionsError} where neither gives one
 */
export function recipientsOf(options: TelegramOptions, env: (name: string) => string | undefined): Recipient[] {
  const { threadId } = options;
  const given = options.chatId ?? chats.read(env("TELEGRAM_CHAT_ID") || undefined);
  if (!given) {
    throw new SinkOptionsError(
      NAME,
      `"chatId" must be ${chats.wanted}; neither it nor the variable TELEGRAM_CHAT_ID gives one`,
    );
  }
  return given.map((one) => threadId === undefined || one.threadId !== undefined ? one : { ...one, threadId });
}
