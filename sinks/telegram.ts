/**
 * The sink that tells Telegram chats what is new: one message a run and chat, kept until Telegram has taken it.
 *
 * @module
 */

import { resolve } from "node:path";
import { formatDuration } from "../lib/duration.ts";
import type { DriftReport, Probe, Sink, SinkContext, SinkLog, SinkModule } from "./sink.ts";
import {
  API_ROOT,
  connectTelegram,
  type Recipient,
  REQUEST_TIMEOUT_MS,
  type TelegramClient,
} from "./telegram/client.ts";
import { deliverTo } from "./telegram/delivery.ts";
import { nameOf } from "./telegram/folder.ts";
import { plainText } from "./telegram/html.ts";
import { newsFor } from "./telegram/news.ts";
import { parseTelegramOptions, recipientsOf, type TelegramOptions } from "./telegram/options.ts";
import { renderDigest } from "./telegram/message.ts";
import { findToken, redactor } from "./telegram/token.ts";

/** What the sink needs of the world. */
export interface TelegramEdges {
  /** Milliseconds since 1970. */
  now: () => number;
  /** Reads a variable of the environment. */
  env: (name: string) => string | undefined;
  /** The caller's user number. */
  uid: () => number;
  /** Waits; a timer where it is absent. */
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** How long one request may take, in milliseconds. Default: 15 s. */
  requestTimeoutMs?: number;
}

const NAME = "telegram";
const REMIND_MS = 7 * 86_400_000;

/** The world as it is. */
const realEdges: TelegramEdges = {
  now: Date.now,
  env: (name) => Deno.env.get(name),
  uid: () => Deno.uid() ?? 0,
};

/** The Telegram sink. */
const sinkModule: SinkModule<TelegramOptions> = {
  apiVersion: 1,
  name: NAME,
  dryRun: true,
  options: { parse: parseTelegramOptions },
  create: (options, context) => createTelegram(options, context, realEdges),
};

export default sinkModule;

/**
 * Makes the sink. The token is looked for at the delivery, so that what is news is kept also where it is missing.
 *
 * @throws {SinkOptionsError} where no chat is given
 */
export function createTelegram(options: TelegramOptions, context: SinkContext, edges: TelegramEdges): Sink {
  const remindMs = options.remind ?? REMIND_MS;
  if (context.dryRun) {
    return { deliver: (report) => context.log.info(wouldSend(report, options, edges, remindMs)) };
  }
  const recipients = recipientsOf(options, edges.env);
  return {
    async deliver(report, signal) {
      const access = await openAccess(options, edges, context.log);
      const { redact } = access;
      const log = redactedLog(context.log, redact);
      if (access.warning) log.warn(access.warning);
      const round = {
        // Somebody may have written the token where a check finds it; then it must not get into the state either.
        report: JSON.parse(redact(JSON.stringify(report))),
        recipients,
        remindMs,
        silent: options.silent ?? false,
        ...options.pageUrl === undefined ? {} : { pageUrl: options.pageUrl },
        stateDir: context.stateDir,
        log,
        now: edges.now,
        connect: access.connect,
        signal,
      };
      const deliveries = await Promise.allSettled(recipients.map((recipient) => deliverTo(recipient, round)));
      access.close();
      const failed = deliveries.flatMap((delivery, index) =>
        delivery.status === "fulfilled"
          ? []
          : [`chat ${nameOf(recipients[index]!)}: ${(delivery.reason as Error).message}`]
      );
      if (failed.length > 0) {
        const share = recipients.length === 1 ? "" : `${failed.length} of ${recipients.length} chats, `;
        throw new Error(redact(`Cannot deliver to ${share}${failed.join("; ")}`));
      }
      // Nothing had to be sent. That nothing could have been is better known today than on the day it matters.
      if (access.problem) throw new Error(access.problem);
    },
    probe: (signal) => probeTelegram(options, edges, signal),
  };
}

/**
 * Asks Telegram who the bot is and whether it knows the chats, sending nothing.
 *
 * @returns Its summary is as `@drift_bot, with the token of file "…", knows chat -1001`.
 * @throws {Error} saying what is wrong and what to do, without the token
 */
export async function probeTelegram(
  options: TelegramOptions,
  edges: TelegramEdges,
  signal: AbortSignal,
): Promise<Probe> {
  const recipients = recipientsOf(options, edges.env);
  const { token, from, warning } = await findToken(tokenSources(options, edges));
  using client = await connectTelegram(clientOptions(token, options, edges));
  const { name, theirTime } = await client.whoAmI(recipients.map(({ chatId }) => chatId), signal);
  return {
    summary: `${name}, with the token of ${from}, knows chat ${recipients.map(nameOf).join(", ")}`,
    ...warning === undefined ? {} : { warning },
    ...theirTime === undefined ? {} : { theirTime },
  };
}

interface Access {
  /** Takes the token out of a text. */
  redact: (text: string) => string;
  warning?: string;
  /** Why there is no token. */
  problem?: string;
  /** One client for all chats. */
  connect: () => Promise<TelegramClient>;
  close: () => void;
}

async function openAccess(options: TelegramOptions, edges: TelegramEdges, log: SinkLog): Promise<Access> {
  try {
    const { token, warning } = await findToken(tokenSources(options, edges));
    let client: Promise<TelegramClient> | undefined;
    return {
      redact: redactor(token),
      ...warning === undefined ? {} : { warning },
      connect: () =>
        client ??= connectTelegram({
          ...clientOptions(token, options, edges),
          onPause: (why, ms) => log.info(`${why}; trying again in ${formatDuration(ms)}`),
        }),
      close: () => void client?.then((open) => open[Symbol.dispose](), () => {}),
    };
  } catch (error) {
    const problem = (error as Error).message;
    return { redact: redactor(undefined), problem, connect: () => Promise.reject(new Error(problem)), close: () => {} };
  }
}

function tokenSources({ tokenFile, base }: TelegramOptions, { env, uid }: TelegramEdges) {
  return { env, uid: uid(), ...tokenFile === undefined ? {} : { tokenFile: resolve(base ?? ".", tokenFile) } };
}

function clientOptions(token: string, { apiRoot, proxy }: TelegramOptions, { wait, requestTimeoutMs }: TelegramEdges) {
  return {
    token,
    apiRoot: apiRoot ?? API_ROOT,
    requestTimeoutMs: requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    ...proxy === undefined ? {} : { proxy },
    ...wait === undefined ? {} : { wait },
  };
}

function redactedLog(log: SinkLog, redact: (text: string) => string): SinkLog {
  return {
    debug: (message) => log.debug(redact(message)),
    info: (message) => log.info(redact(message)),
    warn: (message) => log.warn(redact(message)),
    error: (message) => log.error(redact(message)),
  };
}

/** What a chat that has been told nothing yet would read. */
function wouldSend(report: DriftReport, options: TelegramOptions, edges: TelegramEdges, remindMs: number): string {
  const chats = chatsInWords(options, edges);
  const news = newsFor(report, undefined, remindMs);
  if (!news) return `Would send nothing to ${chats}: there is nothing new`;
  return `Would send to ${chats}:\n${plainText(renderDigest(report, news, options.pageUrl))}`;
}

function chatsInWords(options: TelegramOptions, { env }: TelegramEdges): string {
  try {
    return `chat ${recipientsOf(options, env).map((recipient: Recipient) => nameOf(recipient)).join(", ")}`;
  } catch {
    return "a chat (chatId is not set)";
  }
}
