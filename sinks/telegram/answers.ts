/**
 * What an answer of the Bot API means for a message: taken, worth another attempt, or final with its cure. Pure.
 *
 * Facts of the Bot API: `retry_after` (seconds) and `migrate_to_chat_id` are `ResponseParameters`,
 * https://core.telegram.org/bots/api#responseparameters; descriptions as its server gives them.
 *
 * @module
 */

/** A message was not taken. `scope` says what else would fail in the same way: this message alone, or the chat's others too. */
export class TelegramFailure extends Error {
  /** How it shows in traces. */
  override readonly name = "TelegramFailure";
  /** A message is one line without the token. */
  constructor(message: string, readonly scope: "message" | "chat") {
    super(message);
  }
}

/** What one attempt came to. */
export type Answer =
  | { kind: "taken" }
  /** Another attempt may succeed, after `afterMs` milliseconds where Telegram names a time. */
  | { kind: "again"; reason: string; afterMs?: number }
  /** The chat has another number now. */
  | { kind: "migrated"; to: number }
  | { kind: "final"; failure: TelegramFailure };

/** Where Telegram asks to wait without saying how long. */
const DEFAULT_RETRY_AFTER_S = 5;
const ABOUT_THE_MESSAGE = /can't parse|message is too long|text is empty|text must be non-empty|encoded in UTF-8/i;
const CURES: [RegExp, string][] = [
  [/chat not found/i, "check chatId, and add the bot to the chat (in a private chat, send it /start)"],
  [/thread not found|TOPIC_/i, "check the topic's number in threadId; for the General topic leave it out"],
  [/bot was blocked|can't initiate/i, "unblock the bot in that chat, or send it /start"],
  [
    /kicked|not a member|chat was deleted|deactivated/i,
    "add the bot to the chat again, or name another chat in chatId",
  ],
  [/webhook is active/i, "another program uses this bot: have @BotFather make one that is for this alone"],
  [/terminated by other getUpdates/i, "another program reads this bot's messages at this moment: end it and try again"],
  [/not enough rights|have no rights|CHAT_WRITE_FORBIDDEN|CHAT_SEND_PLAIN/i, "allow the bot to write in the chat"],
];

/**
 * What an error of the Bot API means.
 *
 * @param said Its description, without the token.
 * @param parameters Its `ResponseParameters`.
 */
export function meaningOfError(code: number, said: string, parameters: Record<string, unknown>): Answer {
  const { retry_after, migrate_to_chat_id: to } = parameters;
  if (code === 429) {
    const seconds = typeof retry_after === "number" && retry_after >= 0 ? retry_after : DEFAULT_RETRY_AFTER_S;
    return { kind: "again", reason: `Telegram asks to wait ${seconds} s`, afterMs: seconds * 1000 };
  }
  if (!(code < 500)) return { kind: "again", reason: `Telegram answered ${code} (${said})` };
  if (code === 400 && typeof to === "number") return { kind: "migrated", to };
  const scope = code === 400 && ABOUT_THE_MESSAGE.test(said) ? "message" : "chat";
  return final(`Telegram answered ${code} (${said})${cureOf(code, said)}`, scope);
}

/** What it means that another server than the Bot API answered, such as a gateway, with this HTTP status. */
export function meaningOfForeignAnswer(status: number, apiRoot: string, isProxied: boolean): Answer {
  const reason = `Another server answered in Telegram's place (HTTP ${status})`;
  if (status >= 500 || status === 408 || status === 429) return { kind: "again", reason };
  return final(`${reason}: check apiRoot "${apiRoot}"${isProxied ? " and the proxy" : ""}`, "chat");
}

/** A failure that no further attempt would mend. */
export function final(message: string, scope: TelegramFailure["scope"]): Answer {
  return { kind: "final", failure: new TelegramFailure(message, scope) };
}

function cureOf(code: number, description: string): string {
  if (code === 401) return ": the token is not valid any more, get the bot's token from @BotFather";
  if (code === 404) {
    return ": the token is no bot's, or apiRoot is no Bot API: compare the token with the one of @BotFather";
  }
  const cure = CURES.find(([pattern]) => pattern.test(description))?.[1];
  return cure ? `: ${cure}` : "";
}
