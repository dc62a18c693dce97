/**
 * One run's delivery to one chat: what is news goes into the chat's outbox, and what waits there goes out in order.
 *
 * @module
 */

import { messageOf } from "../../lib/message_of.ts";
import type { DriftReport, SinkLog } from "../sink.ts";
import { type Notice, openOutbox, type Outbox } from "./outbox.ts";
import { TelegramFailure } from "./answers.ts";
import type { Recipient, TelegramClient } from "./client.ts";
import { adoptFolder, folderOf, nameOf, readMigration, recordMigration } from "./folder.ts";
import { plainText } from "./html.ts";
import { newsFor } from "./news.ts";
import { isTold, type Told } from "./told.ts";
import { bareText, renderDigest, withPreface } from "./message.ts";

/** What the deliveries of one run share. */
export interface Round {
  /** What was found, without the token. */
  report: DriftReport;
  /** All chats of the configuration. */
  recipients: Recipient[];
  /** After how many milliseconds a chat is reminded of what stays as it was. */
  remindMs: number;
  /** Without a sound. */
  silent: boolean;
  /** Where a browser finds all of it. */
  pageUrl?: string;
  /** The sink's own folder. */
  stateDir: string;
  /** Messages for the operator, without the token. */
  log: SinkLog;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Connects to Telegram; throws where there is no token. */
  connect: () => Promise<TelegramClient>;
  /** The deadline. */
  signal: AbortSignal;
}

type Draft = Omit<Notice<Told>, "seq">;

/** A notice older than this says from when it is. */
const DELAYED_MS = 15 * 60_000;

/**
 * Delivers to one chat.
 *
 * @throws {Error} saying in one line what was not delivered and why, and what is kept for the next run. Where the state
 * cannot be kept, news is sent all the same and the delivery fails: it may then be repeated, which is better than lost.
 */
export async function deliverTo(recipient: Recipient, round: Round): Promise<void> {
  const { log } = round;
  const folder = folderOf(round.stateDir, recipient);
  const troubles: string[] = [];
  using outbox = await open(recipient, folder, round, troubles);
  for (const problem of outbox?.problems ?? []) log.warn(problem);
  const loose = await fileNews(outbox, round, troubles);
  const line = await openLine(recipient, folder, round);
  let sent = false;
  try {
    while (outbox?.waiting[0]) {
      await line.transmit(outbox.waiting[0], outbox.missing);
      await outbox.taken();
    }
    if (loose) {
      await line.transmit(loose, outbox?.missing ?? 0);
      sent = true;
      // Meanwhile there may be room again.
      if (await outbox?.addTaken(loose).then(() => true, () => false)) troubles.length = 0;
    }
  } catch (error) {
    troubles.push(messageOf(error));
    // A test's state folder is thrown away with all that is in it.
    const kept = round.report.test ? 0 : outbox?.waiting.length ?? 0;
    if (kept > 0) troubles.push(`${kept === 1 ? "1 notice is" : `${kept} notices are`} kept for the next run`);
  }
  if (loose && troubles.length > 0) {
    troubles.push(
      sent
        ? "the news was sent all the same and may be repeated"
        : "the next run tells the news, as far as it still holds",
    );
  }
  troubles.push(...line.refused);
  if (troubles.length > 0) throw new Error(troubles.join("; "));
}

async function open(
  recipient: Recipient,
  folder: string,
  { stateDir, recipients, now, signal }: Round,
  troubles: string[],
): Promise<Outbox<Told> | undefined> {
  try {
    await adoptFolder(stateDir, recipient, recipients);
    return await openOutbox(folder, { isState: isTold, now, signal });
  } catch (error) {
    // While another run delivers to this chat, sending without its outbox would tell the same twice.
    if (signal.aborted) throw new Error("the deadline passed while another run was delivering to this chat");
    troubles.push(messageOf(error));
    return undefined;
  }
}

/** Puts news into the outbox; gives it back where that fails, so that it is sent at least. */
async function fileNews(
  outbox: Outbox<Told> | undefined,
  { report, remindMs, pageUrl }: Round,
  troubles: string[],
): Promise<Draft | undefined> {
  const news = newsFor(report, outbox?.state, remindMs);
  if (!news) return undefined;
  const draft: Draft = {
    at: report.finishedAt,
    text: renderDigest(report, news, pageUrl),
    ...news.isQuiet ? { silent: true } : {},
    state: news.told,
  };
  if (!outbox) return draft;
  try {
    await outbox.add(draft);
    return undefined;
  } catch (error) {
    troubles.push(messageOf(error));
    return draft;
  }
}

interface Line {
  /** Sends a notice. Throws {@linkcode TelegramFailure} where it and all after it must wait. */
  transmit(notice: Draft, missing: number): Promise<void>;
  /** Notices that Telegram will never take, one sentence each. */
  refused: string[];
}

/** The way to a chat, wherever it has moved. */
async function openLine(recipient: Recipient, folder: string, round: Round): Promise<Line> {
  const { log, signal } = round;
  let moved = await readMigration(folder);
  let warned = false;
  const refused: string[] = [];

  async function send(text: string, { html, silent }: { html: boolean; silent: boolean }): Promise<void> {
    const client = await round.connect();
    const target = moved === undefined ? recipient : { chatId: moved };
    const { migratedTo } = await client.send(target, text, { html, silent, signal });
    if (migratedTo !== undefined) {
      moved = migratedTo;
      await recordMigration(folder, moved).catch((error) => log.warn(messageOf(error)));
    }
    if (moved !== undefined && !warned) {
      log.warn(`Chat ${nameOf(recipient)} has become the supergroup ${moved}: set chatId to ${moved}`);
      warned = true;
    }
  }

  return {
    refused,
    async transmit(notice, missing) {
      const isLate = round.now() - Date.parse(notice.at) > DELAYED_MS;
      const silent = round.silent || notice.silent === true;
      const text = withPreface(notice.text, { missing, ...isLate ? { from: notice.at } : {} });
      try {
        await send(text, { html: true, silent });
      } catch (error) {
        if (!isRefused(error)) throw error;
        log.warn(`Telegram refuses a notice as it is formatted, so it goes without formatting: ${error.message}`);
        try {
          await send(bareText(text), { html: false, silent });
        } catch (again) {
          if (!isRefused(again)) throw again;
          refused.push(`Telegram refuses a notice, which is dropped: ${again.message}`);
          log.error(`Telegram refuses this notice, which is dropped:\n${plainText(text)}`);
        }
      }
    },
  };
}

/** True where the message itself is at fault, so that it would stop all after it for ever. */
function isRefused(error: unknown): error is TelegramFailure {
  return error instanceof TelegramFailure && error.scope === "message";
}
