/**
 * The other side of a `file:` sink: what runs in its child. Loads the user's module, checks it, and does with it what
 * the main process asks.
 *
 * @module
 */

import { describeError, issuesText, loadText, safeText, type Surroundings } from "./child_errors.ts";
import { type Answer, type Done, Lines, type Request } from "./child_protocol.ts";
import { checkModule, checkProbe, checkSink } from "./contract_check.ts";
import { SinkContractError } from "./contract_error.ts";
import type { Sink, SinkLog, SinkModule } from "../sink.ts";

/** What the child works with, injected. */
export interface ChildWorld {
  /** Imports the user's module. */
  load(url: string): Promise<unknown>;
  /** Takes one answer. */
  answer(answer: Answer): void;
}

/** Does what is asked, one request after the other; only an `abort` does not wait. */
export class SinkServer {
  readonly #world: ChildWorld;
  #sink: Sink | undefined;
  #surroundings: Surroundings = { stateDir: "/", dryRun: false };
  #queue: Promise<unknown> = Promise.resolve();
  #current: { id: number; abort: AbortController; reject(error: Error): void } | undefined;
  #fault: Error | undefined;

  /** A server without a sink yet. */
  constructor(world: ChildWorld) {
    this.#world = world;
  }

  /** Takes a request; resolves when it has been answered. */
  handle(request: Request): Promise<unknown> {
    if (request.do !== "abort") return this.#queue = this.#queue.then(() => this.#answer(request));
    if (this.#current?.id === request.id) this.#current.abort.abort();
    return Promise.resolve();
  }

  /** Takes an error that nobody caught: it fails what is going on, and whatever comes but the closing. */
  fail(what: string, error: unknown): void {
    this.#fault ??= new Error(`${what}: ${describeError(error, this.#surroundings).message}`);
    this.#current?.reject(this.#fault);
  }

  async #answer(request: Request): Promise<void> {
    const { id } = request;
    const abort = new AbortController();
    const { promise: fault, reject } = Promise.withResolvers<never>();
    this.#current = { id, abort, reject };
    try {
      if (this.#fault && request.do !== "close") throw this.#fault;
      const done = await Promise.race([fault, this.#do(request, abort.signal)]);
      this.#world.answer({ id, ...done });
    } catch (error) {
      this.#world.answer({ id, failed: describeError(error, this.#surroundings) });
    }
  }

  async #do(request: Request, signal: AbortSignal): Promise<Done> {
    switch (request.do) {
      case "open":
        return { opened: await this.#open(request) };
      case "probe":
        return { probed: checkProbe(await this.#sink!.probe!(signal)) };
      case "deliver":
        await this.#sink!.deliver(request.report, signal, request.text);
        break;
      case "settled":
        await this.#sink!.settled?.(request.outcomes, request.report, signal);
        break;
      case "close":
        await this.#sink?.close?.();
    }
    return {};
  }

  async #open({ module: url, options: input, dryRun, stateDir }: Request & { do: "open" }) {
    this.#surroundings = { stateDir, dryRun };
    const module = checkModule(await this.#load(url));
    const options = await this.#parse(module, input);
    if (dryRun && module.dryRun !== true) return { probe: false, settled: false, skipped: true };
    const log = Object.fromEntries(LEVELS.map((level) => [level, (message: unknown) => {
      this.#world.answer({ log: level, message: safeText(message) });
    }])) as unknown as SinkLog;
    this.#sink = checkSink(await module.create(options, { dryRun, stateDir, log }));
    const { probe, settled } = this.#sink;
    return { probe: probe !== undefined, settled: settled !== undefined, looks: module.looks === true, skipped: false };
  }

  async #load(url: string): Promise<unknown> {
    try {
      return await this.#world.load(url);
    } catch (error) {
      throw new Error(loadText(error), { cause: error });
    }
  }

  async #parse(module: SinkModule, input: unknown): Promise<unknown> {
    try {
      return module.options ? await module.options.parse(input) : input;
    } catch (error) {
      throw new SinkContractError(
        `its options are wrong: ${issuesText(error) ?? describeError(error, this.#surroundings).message}`,
      );
    }
  }
}

const LEVELS = ["debug", "info", "warn", "error"] as const satisfies (keyof SinkLog)[];

/**
 * Has a server do what requests ask, as they come in.
 *
 * @returns Whether it was asked to close, and did; else the main process is gone.
 */
export async function serveRequests(chunks: AsyncIterable<Uint8Array>, server: SinkServer): Promise<boolean> {
  const lines = new Lines(Infinity);
  for await (const chunk of chunks) {
    for (const line of lines.add(chunk)) {
      const request = JSON.parse(line) as Request;
      const answered = server.handle(request);
      if (request.do !== "close") continue;
      await answered;
      return true;
    }
  }
  return false;
}

/**
 * The hidden command: serves the main process until it asks to close, or is gone. Needs file descriptors 3 and 4, and
 * no permission.
 *
 * @returns The exit code.
 */
export async function runSinkChild(): Promise<number> {
  const { Socket } = await import("node:net");
  // Deno knows these two descriptors by no other name, so a sink does not come upon them by accident.
  const answers = new Socket({ fd: 3, readable: false, writable: true });
  const requests = new Socket({ fd: 4, readable: true, writable: false });
  answers.on("error", () => Deno.exit(1));
  const server = new SinkServer({
    load: (url) => import(url),
    answer: (answer) => void answers.write(JSON.stringify(answer) + "\n"),
  });
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    server.fail("it left a rejected promise to nobody", event.reason);
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    server.fail("it threw where nobody could catch", event.error);
  });
  // A service manager may end the whole service while the main process still delivers: it says when to go.
  Deno.addSignalListener("SIGTERM", () => {});
  const isClosed = await serveRequests(requests, server);
  await new Promise<void>((resolve) => answers.end(resolve));
  return isClosed ? 0 : 1;
}
