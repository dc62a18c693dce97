/**
 * Sending to Telegram: retries what may pass, waits where Telegram asks to, follows a group that was upgraded, and says
 * of what is final how to cure it. Made with grammY's web build, which works on fetch alone.
 *
 * Errors of grammY and of fetch name the URL, and the URL holds the token: none of them leaves this module, neither as
 * a cause nor in a message.
 *
 * Facts of the Bot API: `retry_after` (seconds) and `migrate_to_chat_id` are `ResponseParameters`,
 * https://core.telegram.org/bots/api#responseparameters; descriptions as its server gives them.
 *
 * @module
 */

import { delay } from "@std/async/delay";

/** Where a message goes. */
export interface Recipient {
  /** A chat's number, or a channel's `@name`. */
  chatId: number | string;
  /** A topic of the chat. */
  threadId?: number;
}

/** Options of {@linkcode connectTelegram}. */
export interface ClientOptions {
  /** The bot's token. */
  token: string;
  /** Root of the Bot API, without a slash at its end. */
  apiRoot: string;
  /** Proxy, as `http://proxy.example.org:3128`; without one, that of the environment (`HTTPS_PROXY`) holds. */
  proxy?: string;
  /** How long one request may take, in milliseconds. */
  requestTimeoutMs: number;
  /** Waits; injected so that tests need not. */
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Told of each pause before it, since the deadline may end it without a word. */
  onPause?: (why: string, ms: number) => void;
}

/** A connection to the Bot API. */
export interface TelegramClient extends Disposable {
  /**
   * Sends one message.
   *
   * @param text HTML, or bare text where `html` is false.
   * @returns The number of the group that the recipient has become, where it has.
   * @throws {TelegramFailure}
   */
  send(
    recipient: Recipient,
    text: string,
    options: { html: boolean; silent: boolean; signal: AbortSignal },
  ): Promise<{ migratedTo?: number }>;
  /**
   * Asks who the bot is, and whether it knows a chat.
   *
   * @returns The bot's name, as `@name`, and what Telegram's clock says, in milliseconds since 1970, where it tells.
   * @throws {TelegramFailure}
   */
  whoAmI(chats: (number | string)[], signal: AbortSignal): Promise<{ name: string; theirTime?: number }>;
}

/** A message was not taken. `scope` says what else would fail in the same way: this message alone, or the chat's others too. */
export class TelegramFailure extends Error {
  /** How it shows in traces. */
  override readonly name = "TelegramFailure";
  /** A message is one line without the token. */
  constructor(message: string, readonly scope: "message" | "chat") {
    super(message);
  }
}

/** Pauses between attempts, in milliseconds; one more attempt than pauses. */
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000];
/** Where Telegram asks to wait without saying how long. */
const DEFAULT_RETRY_AFTER_S = 5;
/** Telegram's have 35 characters; a shorter text may well be a word. */
const SHORTEST_SECRET = 16;
const ABOUT_THE_MESSAGE = /can't parse|message is too long|text is empty|text must be non-empty|encoded in UTF-8/i;
const CURES: [RegExp, string][] = [
  [/chat not found/i, "check chatId, and add the bot to the chat (in a private chat, send it /start)"],
  [/thread not found|TOPIC_/i, "check the topic's number in threadId; for the General topic leave it out"],
  [/bot was blocked|can't initiate/i, "unblock the bot in that chat, or send it /start"],
  [
    /kicked|not a member|chat was deleted|deactivated/i,
    "add the bot to the chat again, or name another chat in chatId",
  ],
  [/not enough rights|have no rights|CHAT_WRITE_FORBIDDEN|CHAT_SEND_PLAIN/i, "allow the bot to write in the chat"],
];

/** What one attempt came to. */
type Answer =
  | { kind: "taken" }
  /** May pass. */
  | { kind: "again"; reason: string; afterMs?: number }
  | { kind: "migrated"; to: number }
  | { kind: "final"; failure: TelegramFailure };

/** A gateway or another server answered in the Bot API's place. */
class NoBotApi extends Error {
  constructor(readonly status: number) {
    super(`HTTP ${status}, and no answer of the Bot API`);
  }
}

/**
 * Connects, which sends nothing yet. Loads grammY.
 *
 * @throws {TypeError} where the proxy cannot be used
 */
export async function connectTelegram(options: ClientOptions): Promise<TelegramClient> {
  const { Api, GrammyError } = await import("grammy");
  const { token, apiRoot, requestTimeoutMs, wait = waitFor } = options;
  const redact = redactor(token);
  const http = options.proxy === undefined ? undefined : Deno.createHttpClient({ proxy: proxyOf(options.proxy) });
  let theirTime: number | undefined;
  const fetch = apiFetch(http, (date) => theirTime = date);
  const api = new Api(token, { apiRoot, timeoutSeconds: requestTimeoutMs / 1000, fetch });

  /** One request, and what its answer means. */
  async function attempt(request: (signal: AbortSignal) => Promise<unknown>, signal: AbortSignal): Promise<Answer> {
    try {
      // grammY's types name the signal of a package of its own; it takes the platform's.
      await request(signal);
      return { kind: "taken" };
    } catch (error) {
      if (signal.aborted) throw new TelegramFailure("the deadline passed before Telegram answered", "chat");
      if (error instanceof GrammyError) return judge(error.error_code, error.description, { ...error.parameters });
      const cause = (error as { error?: unknown }).error;
      if (cause instanceof NoBotApi) return judgeForeign(cause.status, options);
      const reason = redact(reasonOf(cause ?? error));
      if (cause instanceof Deno.errors.NotCapable) {
        return { kind: "final", failure: new TelegramFailure(reason, "chat") };
      }
      return { kind: "again", reason };
    }
  }

  function judge(code: number, description: string, parameters: Record<string, unknown> = {}): Answer {
    const said = redact(description ?? "");
    const { retry_after, migrate_to_chat_id: to } = parameters;
    if (code === 429) {
      const seconds = typeof retry_after === "number" && retry_after >= 0 ? retry_after : DEFAULT_RETRY_AFTER_S;
      return { kind: "again", reason: `Telegram asks to wait ${seconds} s`, afterMs: seconds * 1000 };
    }
    if (!(code < 500)) return { kind: "again", reason: `Telegram answered ${code} (${said})` };
    if (code === 400 && typeof to === "number") return { kind: "migrated", to };
    const scope = code === 400 && ABOUT_THE_MESSAGE.test(said) ? "message" : "chat";
    return {
      kind: "final",
      failure: new TelegramFailure(`Telegram answered ${code} (${said})${cureOf(code, said)}`, scope),
    };
  }

  /** Attempts until it is clear. A wait that Telegram asks for is no failure and counts only against the deadline. */
  async function persist(
    request: (signal: AbortSignal) => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<Exclude<Answer, { kind: "again" }>> {
    for (let failures = 0;;) {
      const answer = await attempt(request, signal);
      if (answer.kind !== "again") return answer;
      const pause = answer.afterMs ?? PAUSES_MS[failures++];
      if (pause === undefined) throw new TelegramFailure(`${answer.reason}, after ${failures} attempts`, "chat");
      options.onPause?.(answer.reason, pause);
      try {
        await wait(pause, signal);
      } catch {
        throw new TelegramFailure(`the deadline passed while waiting to try again: ${answer.reason}`, "chat");
      }
    }
  }

  return {
    async send({ chatId, threadId }, text, { html, silent, signal }) {
      const message = redact(text);
      const to = (chat: number | string, thread?: number) => (signal: AbortSignal) =>
        api.sendMessage(chat, message, {
          ...html ? { parse_mode: "HTML" } : {},
          ...thread === undefined ? {} : { message_thread_id: thread },
          disable_notification: silent,
          link_preview_options: { is_disabled: true },
        }, signal as Parameters<typeof api.sendMessage>[3]);
      let answer = await persist(to(chatId, threadId), signal);
      let migratedTo: number | undefined;
      if (answer.kind === "migrated") {
        migratedTo = answer.to;
        // Topics are numbered anew only where there were none: an upgraded group has had none.
        answer = await persist(to(migratedTo), signal);
      }
      if (answer.kind === "migrated") {
        const cure = "find the group's number and set chatId";
        throw new TelegramFailure(`the chat became ${migratedTo}, and that became ${answer.to}: ${cure}`, "chat");
      }
      if (answer.kind === "final") throw answer.failure;
      return migratedTo === undefined ? {} : { migratedTo };
    },
    async whoAmI(chats, signal) {
      let name = "";
      const requests: ((signal: AbortSignal) => Promise<unknown>)[] = [
        async (signal) => name = (await api.getMe(signal as Parameters<typeof api.getMe>[0])).username,
        ...chats.map((chat) => (signal: AbortSignal) => api.getChat(chat, signal as Parameters<typeof api.getChat>[1])),
      ];
      for (const request of requests) {
        const answer = await persist(request, signal);
        if (answer.kind === "final") throw answer.failure;
      }
      return { name: `@${name}`, ...theirTime === undefined ? {} : { theirTime } };
    },
    [Symbol.dispose]() {
      http?.close();
    },
  };
}

/** Replaces a token wherever it appears: whole, encoded as in a URL, and its secret half. */
export function redactor(token: string | undefined): (text: string) => string {
  if (!token) return (text) => text;
  const half = token.slice(token.indexOf(":") + 1);
  const secrets = [token, encodeURIComponent(token), ...half.length >= SHORTEST_SECRET ? [half] : []];
  return (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, "(bot token)"), text);
}

/** Fetch that takes only answers of the Bot API for answers; what a gateway says is an error with its status. Tells when the answer was given. */
function apiFetch(client: Deno.HttpClient | undefined, tell: (theirTime: number) => void): typeof fetch {
  return async (url, init) => {
    const options: RequestInit & { client?: Deno.HttpClient } = { ...init, redirect: "manual" };
    if (client) options.client = client;
    const response = await fetch(url, options);
    const text = await response.text();
    let answer: { ok?: unknown } | null = null;
    try {
      answer = JSON.parse(text);
    } catch { /* not the Bot API's */ }
    if (typeof answer?.ok !== "boolean") throw new NoBotApi(response.status);
    const date = Date.parse(response.headers.get("date") ?? "");
    if (!Number.isNaN(date)) tell(date);
    return Response.json(answer, { status: response.status });
  };
}

function judgeForeign(status: number, { apiRoot, proxy }: ClientOptions): Answer {
  const reason = `Another server answered in Telegram's place (HTTP ${status})`;
  if (status >= 500 || status === 408 || status === 429) return { kind: "again", reason };
  const suspects = proxy === undefined ? `apiRoot "${apiRoot}"` : `apiRoot "${apiRoot}" and the proxy`;
  return { kind: "final", failure: new TelegramFailure(`${reason}: check ${suspects}`, "chat") };
}

function cureOf(code: number, description: string): string {
  if (code === 401) return ": the token is not valid any more, get the bot's token from @BotFather";
  if (code === 404) {
    return ": the token is no bot's, or apiRoot is no Bot API: compare the token with the one of @BotFather";
  }
  const cure = CURES.find(([pattern]) => pattern.test(description))?.[1];
  return cure ? `: ${cure}` : "";
}

/** What went wrong on the way, without the URL in it: fetch hides that in the cause of its error. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string } };
  const said = (cause?.message ?? message ?? "connection lost").replace(/ for url \([^)]*\)/, "");
  return `no answer from Telegram (${said})`;
}

function proxyOf(url: string): Deno.Proxy {
  const { protocol } = new URL(url);
  const transport = protocol === "https:" ? "https" : protocol.startsWith("socks5") ? "socks5" : "http";
  return { transport, url };
}

async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, { signal });
}
