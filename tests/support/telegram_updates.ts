/**
 * What a bot of the imitated Telegram hears, and how it is told: `getUpdates` as https://core.telegram.org/bots/api#getupdates
 * has it, and the privacy mode of groups.
 *
 * @module
 */

/** Something that somebody writes. */
export interface Said {
  /** Where. */
  chat: { id: number; type: "private" | "group" | "supergroup" | "channel"; title?: string; first_name?: string };
  /** What. */
  text: string;
  /** Who; nobody in a channel. */
  from?: { id: number; first_name: string; last_name?: string; username?: string };
  /** In which topic, or in answer to which message where `isTopic` is false. */
  thread?: number;
  /** Default: true where there is a thread. */
  isTopic?: boolean;
}

/** What the API says where a webhook is set. */
export const WebhookActive =
  "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";

const CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";

type Update = { update_id: number } & Record<string, unknown>;

/** Updates of one bot, kept until they are confirmed. */
export class UpdateQueue {
  #updates: Update[] = [];
  // Telegram's first number is any one.
  #next = 700_000_001;
  #waiting: ((isConflict: boolean) => void) | undefined;

  /** `closing` ends whoever waits. */
  constructor(readonly bot: string, readonly closing: AbortSignal) {}

  /** Somebody waits for what the bot hears. */
  get isAsked(): boolean {
    return this.#waiting !== undefined;
  }

  /**
   * In a group a bot hears commands that name it, and others where it was the last bot that wrote there.
   *
   * @param wroteLast The bot wrote the last message of the chat.
   */
  say({ chat, text, from, thread, isTopic = thread !== undefined }: Said, wroteLast: boolean): boolean {
    const isGroup = chat.type === "group" || chat.type === "supergroup";
    const isOurs = new RegExp(`^/\\w+@${this.bot}\\b`, "i").test(text) || (text.startsWith("/") && wroteLast);
    if (isGroup && !isOurs) return false;
    const update_id = this.#next++;
    const message = {
      message_id: update_id % 1000,
      date: Math.floor(Date.now() / 1000),
      chat,
      text,
      ...from ? { from: { is_bot: false, ...from } } : {},
      ...thread === undefined ? {} : { message_thread_id: thread, ...isTopic ? { is_topic_message: true } : {} },
    };
    this.#updates.push({ update_id, [chat.type === "channel" ? "channel_post" : "message"]: message });
    this.#waiting?.(false);
    return true;
  }

  /** The answer to `getUpdates`, or the description of an error. */
  async take(parameters: Record<string, unknown>): Promise<Update[] | string> {
    const { offset = 0, limit = 100, timeout = 0, allowed_updates } = parameters;
    const numbers = [offset, limit, timeout].map(Number);
    if (numbers.some((one) => !Number.isInteger(one))) return "Bad Request: can't parse the request";
    const kinds = typeof allowed_updates === "string" ? JSON.parse(allowed_updates) : allowed_updates;
    if (kinds !== undefined && !Array.isArray(kinds)) return "Bad Request: can't parse allowed_updates";
    const [from, most, seconds] = numbers as [number, number, number];
    // The one that waited is told off.
    this.#waiting?.(true);
    this.#updates = from < 0 ? this.#updates.slice(from) : this.#updates.filter(({ update_id }) => update_id >= from);
    const found = () =>
      this.#updates.filter((one) => !kinds || kinds.length === 0 || kinds.some((kind: string) => kind in one))
        .slice(0, Math.min(100, Math.max(1, most)));
    const isConflict = found().length === 0 && seconds > 0 && await this.#wait(seconds * 1000);
    if (isConflict) return CONFLICT;
    return found();
  }

  /** Waits until the bot hears something, or in vain; tells whether another question took its place. */
  async #wait(ms: number): Promise<boolean> {
    return await new Promise<boolean>((resolve) => {
      const end = (isConflict: boolean) => {
        clearTimeout(timer);
        this.closing.removeEventListener("abort", inVain);
        this.#waiting = undefined;
        resolve(isConflict);
      };
      const inVain = () => end(false);
      const timer = setTimeout(inVain, ms);
      this.closing.addEventListener("abort", inVain);
      this.#waiting = end;
    });
  }
}
