/**
 * The conversation with the child of a `file:` sink: what is asked, what it answers and says, and its end.
 *
 * @module
 */

import { formatDuration } from "../../lib/duration.ts";
import { endingText, type SinkChild } from "./child.ts";
import { type Answer, type Done, type Failed, Lines, type Order, type Request } from "./child_protocol.ts";
import { SinkContractError } from "./contract_error.ts";
import type { Probe, SinkLog } from "../sink.ts";

/** What a sink may say in one life, in characters; a message counts as no less than {@linkcode LEAST}. */
const SAYS = 65_536, LEAST = 256;

/** The longest answer, in characters; ours have a few hundred, whoever writes more writes something else. */
const LONGEST_ANSWER = 1_048_576;

const LEVELS: readonly (keyof SinkLog)[] = ["debug", "info", "warn", "error"];

/** How long an aborted delivery may take to wind up, and a sink to close, in milliseconds. */
const ABORT_MS = 100, CLOSE_MS = 2000;

/** One child, and the questions that are open. */
export class Peer {
  readonly #child: SinkChild;
  readonly #lines = new Lines(LONGEST_ANSWER);
  readonly #open = new Map<number, PromiseWithResolvers<Done>>();
  #next = 1;
  #said = 0;
  #ended: Error | undefined;
  #isGivenUp = false;

  /** Starts the child; `log` gets what it says besides its answers. */
  constructor(readonly log: SinkLog, start: (onAnswer: (chunk: Uint8Array) => void) => SinkChild) {
    this.#child = start((chunk) => this.#take(chunk));
    this.#child.ended.then((exit) => this.#fail(`it ended too early: ${endingText(exit, this.#child.stderr())}`));
  }

  /** Asks, and ends the child when `signal` says that the time is over. */
  async ask(order: Order, signal: AbortSignal): Promise<Done> {
    signal.throwIfAborted();
    if (this.#ended) throw this.#ended;
    const id = this.#next++;
    const answer = Promise.withResolvers<Done>();
    this.#open.set(id, answer);
    const abort = () => {
      this.#isGivenUp = true;
      answer.reject(signal.reason);
      this.#send({ id, do: "abort" });
      const late = setTimeout(() => this.#child.kill(), ABORT_MS);
      this.#child.ended.then(() => clearTimeout(late));
    };
    signal.addEventListener("abort", abort, { once: true });
    try {
      this.#send({ id, ...order });
      return await answer.promise;
    } finally {
      signal.removeEventListener("abort", abort);
      this.#open.delete(id);
    }
  }

  /** Asks, with a time of its own. */
  async askWithin(ms: number, verb: string, order: Order): Promise<Done> {
    const time = new AbortController();
    const late = setTimeout(() => time.abort(new Error(`it did not ${verb} within ${formatDuration(ms)}`)), ms);
    try {
      return await this.ask(order, time.signal);
    } finally {
      clearTimeout(late);
    }
  }

  /** Lets the sink close, unless it has failed to keep its time before, then ends the child. */
  async close(): Promise<void> {
    try {
      if (!this.#ended && !this.#isGivenUp) await this.askWithin(CLOSE_MS, "close", { do: "close" });
    } finally {
      await this.end();
    }
  }

  /** Ends the child; returns when nothing of its group is left. */
  async end(): Promise<void> {
    this.#child.endSending();
    const late = setTimeout(() => this.#child.kill(), ABORT_MS);
    await this.#child.ended;
    clearTimeout(late);
    const output = this.#child.stderr();
    if (output.trim()) this.log.debug(output);
  }

  #send(request: Request): void {
    this.#child.send(JSON.stringify(request) + "\n");
  }

  #take(chunk: Uint8Array): void {
    try {
      for (const line of this.#lines.add(chunk)) this.#answered(JSON.parse(line) as Answer);
    } catch {
      this.#fail("it wrote to file descriptor 3, which is not its own");
      this.#child.kill();
    }
  }

  #answered(answer: Answer): void {
    if (!isAnswer(answer)) throw new Error("no answer of ours");
    if ("log" in answer) return this.#say(answer);
    const open = this.#open.get(answer.id);
    if (!("failed" in answer)) return open?.resolve(answer);
    open?.reject(errorOf(answer.failed));
  }

  #say({ log: level, message }: Extract<Answer, { log: unknown }>): void {
    if (this.#said > SAYS) return;
    this.#said += Math.max(message.length, LEAST);
    this.log[level](message.slice(0, SAYS));
    if (this.#said > SAYS) this.log.warn("it says too much: the rest is dropped");
  }

  #fail(reason: string): void {
    this.#ended ??= new Error(reason);
    for (const { reject } of this.#open.values()) reject(this.#ended);
  }
}

/** Whether it is one of ours: a program that the sink starts can write to the descriptor too. */
function isAnswer(answer: object): boolean {
  const { log, message, failed, opened, probed } = answer as Partial<Record<string, unknown>>;
  if ("log" in answer) return LEVELS.includes(log as keyof SinkLog) && typeof message === "string";
  if ("failed" in answer) return typeof (failed as Failed | null)?.message === "string";
  if ("probed" in answer) return typeof (probed as Probe | null)?.summary === "string";
  return !("opened" in answer) || (typeof opened === "object" && opened !== null);
}

function errorOf({ kind, message, retryable }: Failed): Error {
  return kind === "contract" ? new SinkContractError(message) : Object.assign(new Error(message), { retryable });
}
