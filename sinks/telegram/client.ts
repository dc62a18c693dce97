/**
 * Sending to Telegram: retries what may pass, waits where Telegram asks to, follows a group that was upgraded, and says
 * of what is final how to cure it. Made with grammY's web build, which works on fetch alone.
 *
 * Errors of grammY and of fetch name the URL, and the URL holds the token: none of them leaves this module, neither as
 * a cause nor in a message.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import type { Api } from "grammy";
import { type Answer, final, meaningOfError, meaningOfForeignAnswer, TelegramFailure } from "./answers.ts";
import { NoBotApi, openApiFetch } from "./api_fetch.ts";
import { redactor } from "./token.ts";

/** Root of Telegram's own Bot API. */
export const API_ROOT = "https://api.telegram.org";

/** How long one request may take where nobody says so, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 15_000;

/**
 * Something that a bot was told.
 *
 * @internal
 */
export type Update = Awaited<ReturnType<Api["getUpdates"]>>[number];

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
  /**
   * Waits for messages that people send to the bot, in chats and channels alike.
   *
   * @param offset Telegram forgets all updates with a lower number.
   * @param waitMs How long Telegram may wait for one where there is none; less than a request may take.
   * @throws {TelegramFailure}
   */
  updates(offset: number, waitMs: number, signal: AbortSignal): Promise<Update[]>;
}

/** Pauses between attempts, in milliseconds; one more attempt than pauses. */
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000];

/** One request to the Bot API. */
type Request = (signal: AbortSignal) => Promise<unknown>;

/** Makes one request; says what its answer means, without the token. */
type Attempt = (request: Request, signal: AbortSignal) => Promise<Answer>;

/**
 * Connects, which sends nothing yet. Loads grammY.
 *
 * @throws {TypeError} where the proxy cannot be used
 */
export async function connectTelegram(options: ClientOptions): Promise<TelegramClient> {
  const { Api, GrammyError } = await import("grammy");
  const { token, apiRoot, proxy, requestTimeoutMs } = options;
  const redact = redactor(token);
  const connection = openApiFetch(proxy);
  const api = new Api(token, { apiRoot, timeoutSeconds: requestTimeoutMs / 1000, fetch: connection.fetch });

  const attempt: Attempt = async (request, signal) => {
    try {
      await request(signal);
      return { kind: "taken" };
    } catch (error) {
      if (signal.aborted) throw new TelegramFailure("the deadline passed before Telegram answered", "chat");
      if (error instanceof GrammyError) {
        return meaningOfError(error.error_code, redact(error.description ?? ""), { ...error.parameters });
      }
      const cause = (error as { error?: unknown }).error;
      if (cause instanceof NoBotApi) return meaningOfForeignAnswer(cause.status, apiRoot, proxy !== undefined);
      const reason = redact(reasonOf(cause ?? error));
      return cause instanceof Deno.errors.NotCapable ? final(reason, "chat") : { kind: "again", reason };
    }
  };

  return {
    async send({ chatId, threadId }, text, { html, silent, signal }) {
      const message = redact(text);
      // grammY's types name the signal of a package of its own; it takes the platform's.
      const to = (chat: number | string, thread?: number): Request => (signal) =>
        api.sendMessage(chat, message, {
          ...html ? { parse_mode: "HTML" } : {},
          ...thread === undefined ? {} : { message_thread_id: thread },
          disable_notification: silent,
          link_preview_options: { is_disabled: true },
        }, signal as Parameters<typeof api.sendMessage>[3]);
      const first = await persist(attempt, to(chatId, threadId), options, signal);
      if (first.kind === "taken") return {};
      // Topics are numbered anew only where there were none: an upgraded group has had none.
      const second = await persist(attempt, to(first.to), options, signal);
      if (second.kind === "taken") return { migratedTo: first.to };
      const cure = "find the group's number and set chatId";
      throw new TelegramFailure(`the chat became ${first.to}, and that became ${second.to}: ${cure}`, "chat");
    },
    async whoAmI(chats, signal) {
      let name = "";
      const requests: Request[] = [
        async (signal) => name = (await api.getMe(signal as Parameters<typeof api.getMe>[0])).username,
        ...chats.map((chat): Request => (signal) => api.getChat(chat, signal as Parameters<typeof api.getChat>[1])),
      ];
      for (const request of requests) await persist(attempt, request, options, signal);
      const { theirTime } = connection;
      return { name: `@${name}`, ...theirTime === undefined ? {} : { theirTime } };
    },
    async updates(offset, waitMs, signal) {
      let updates: Update[] = [];
      const asked = { offset, timeout: waitMs / 1000, allowed_updates: ["message", "channel_post"] as const };
      await persist(
        attempt,
        async (signal) => {
          updates = await api.getUpdates(asked, signal as Parameters<typeof api.getUpdates>[1]);
        },
        options,
        signal,
      );
      return updates;
    },
    [Symbol.dispose]() {
      connection[Symbol.dispose]();
    },
  };
}

/**
 * Attempts until the answer is clear. A wait that Telegram asks for is no failure and counts only against the deadline.
 *
 * @throws {TelegramFailure} where it is final, or stays unclear
 */
async function persist(
  attempt: Attempt,
  request: Request,
  { wait = waitFor, onPause }: Pick<ClientOptions, "wait" | "onPause">,
  signal: AbortSignal,
): Promise<Extract<Answer, { kind: "taken" | "migrated" }>> {
  for (let failures = 0;;) {
    const answer = await attempt(request, signal);
    if (answer.kind === "final") throw answer.failure;
    if (answer.kind !== "again") return answer;
    const pause = answer.afterMs ?? PAUSES_MS[failures++];
    if (pause === undefined) throw new TelegramFailure(`${answer.reason}, after ${failures} attempts`, "chat");
    onPause?.(answer.reason, pause);
    try {
      await wait(pause, signal);
    } catch {
      throw new TelegramFailure(`the deadline passed while waiting to try again: ${answer.reason}`, "chat");
    }
  }
}

/** What went wrong on the way, without the URL in it: fetch hides that in the cause of its error. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string } };
  const said = (cause?.message ?? message ?? "connection lost").replace(/ for url \([^)]*\)/, "");
  return `no answer from Telegram (${said})`;
}

async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, { signal });
}
