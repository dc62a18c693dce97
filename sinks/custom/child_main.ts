/**
 * The other side of a `file:` sink: what runs in its child. Loads the user's module, checks it, and does with it what
 * the main process asks.
 *
 * @module
 */

import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { type Answer, type Done, type Failed, Lines, type Request } from "./child_protocol.ts";
import type { Probe, Sink, SinkLog, SinkModule } from "../sink.ts";

/** What the child works with, injected. */
export interface ChildWorld {
  /** Imports the user's module. */
  load(url: string): Promise<unknown>;
  /** Takes one answer. */
  answer(answer: Answer): void;
}

/** The file is no sink or its options are wrong. */
class ContractError extends Error {}

/** Does what is asked, one request after the other; only an `abort` does not wait. */
export class SinkServer {
  readonly #world: ChildWorld;
  #sink: Sink | undefined;
  #stateDir = "/";
  #dryRun = false;
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
    this.#fault ??= new Error(`${what}: ${this.#describe(error).message}`);
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
      this.#world.answer({ id, failed: this.#describe(error) });
    }
  }

  async #do(request: Request, signal: AbortSignal): Promise<Done> {
    switch (request.do) {
      case "open":
        return { opened: await this.#open(request) };
      case "probe":
        return { probed: checkProbe(await this.#sink!.probe!(signal)) };
      case "deliver":
        await this.#sink!.deliver(request.report, signal);
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
    this.#stateDir = stateDir;
    this.#dryRun = dryRun;
    const module = checkModule(await this.#load(url));
    const options = await this.#parse(module, input);
    if (dryRun && module.dryRun !== true) return { probe: false, settled: false, skipped: true };
    const log = Object.fromEntries(LEVELS.map((level) => [level, (message: unknown) => {
      this.#world.answer({ log: level, message: safeText(message) });
    }])) as unknown as SinkLog;
    this.#sink = checkSink(await module.create(options, { dryRun, stateDir, log }));
    const { probe, settled } = this.#sink;
    return { probe: probe !== undefined, settled: settled !== undefined, skipped: false };
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
      throw new ContractError(`its options are wrong: ${issuesText(error) ?? this.#describe(error).message}`);
    }
  }

  #describe(error: unknown): Failed {
    const denied = deniedPermission(error);
    return {
      kind: error instanceof ContractError ? "contract" : "sink",
      message: denied ? permissionText(denied, this.#stateDir, this.#dryRun) : oneLine(error),
      retryable: isRetryable(error),
    };
  }
}

const LEVELS = ["debug", "info", "warn", "error"] as const satisfies (keyof SinkLog)[];

/**
 * Checks what a module exports.
 *
 * @throws {ContractError} that says what is missing
 */
function checkModule(namespace: unknown): SinkModule {
  const exported = (namespace as { default?: unknown }).default;
  const wanted = 'wanted "export default { apiVersion: 1, name: "…", create(options, context) {…} }"';
  if (exported === undefined) throw new ContractError(`it is no sink: it has no default export, ${wanted}`);
  if (typeof exported !== "object" || exported === null) {
    throw new ContractError(`it is no sink: its default export is ${shown(exported)}, ${wanted}`);
  }
  const { apiVersion, name, dryRun, options, create } = exported as Record<keyof SinkModule, unknown>;
  if (apiVersion === undefined) {
    throw new ContractError(`it is no sink: its default export lacks "apiVersion", ${wanted}`);
  }
  if (apiVersion !== 1) {
    throw new ContractError(
      `it is made for version ${shown(apiVersion)} of the sink contract, this program has version 1`,
    );
  }
  if (typeof name !== "string" || name.trim() === "") {
    throw new ContractError(`it is no sink: "name" must be a text that is not empty, got ${shown(name)}`);
  }
  if (typeof create !== "function") {
    throw new ContractError(`it is no sink: "create" must be a function, got ${shown(create)}`);
  }
  if (options !== undefined && typeof (options as { parse?: unknown } | null)?.parse !== "function") {
    throw new ContractError(`it is no sink: "options" must have a function "parse", got ${shown(options)}`);
  }
  if (dryRun !== undefined && dryRun !== true) {
    throw new ContractError(`it is no sink: "dryRun" must be true or absent, got ${shown(dryRun)}`);
  }
  return exported as SinkModule;
}

function checkSink(sink: unknown): Sink {
  const { deliver, settled, probe, close } = (sink ?? {}) as Record<keyof Sink, unknown>;
  for (const [name, method] of Object.entries({ deliver, settled, probe, close })) {
    if (typeof method === "function" || (method === undefined && name !== "deliver")) continue;
    throw new ContractError(`its "create" must give an object with a function "${name}", got ${shown(method)}`);
  }
  return sink as Sink;
}

function checkProbe(probed: unknown): Probe {
  const { summary, warning, theirTime } = (probed ?? {}) as Record<keyof Probe, unknown>;
  if (typeof summary !== "string") {
    throw new ContractError(`its "probe" must give an object with a text "summary", got ${shown(summary)}`);
  }
  return {
    summary,
    ...(typeof warning === "string" ? { warning } : {}),
    ...(typeof theirTime === "number" ? { theirTime } : {}),
  };
}

/** Why a module does not load, with the place in it that Deno names. */
function loadText(error: unknown): string {
  const message = error instanceof Error ? stripVTControlCharacters(error.message) : "";
  const [, host] = /^.*Requires import access to "([^"]*)"/m.exec(message) ?? [];
  const why = host === undefined
    ? oneLine(message || error)
    : `it imports from "${host}", and a sink may import only files and node: modules: keep a copy beside it`;
  const [, place] = /\bat file:\/\/(\S+:\d+:\d+)/.exec(message) ?? [];
  return `it does not load: ${why}${place ? ` (${place})` : ""}`;
}

/** What zod, valibot and others say of wrong values, with the option's name before each. */
function issuesText(error: unknown): string | undefined {
  const issues = (error as { issues?: unknown } | null)?.issues;
  if (!Array.isArray(issues) || issues.length === 0) return undefined;
  return issues.map(({ path, message }) => {
    const name = Array.isArray(path) ? path.map((part) => safeText(part?.key ?? part)).join(".") : "";
    return name ? `"${name}": ${safeText(message)}` : safeText(message);
  }).join("; ");
}

/** The permission that Deno did not give, as `net=HOST`, however deep the error lies. */
function deniedPermission(error: unknown): { kind: string; what: string } | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if (at.name !== "NotCapable") continue;
    const [, kind, what] = /Requires (\w+) access(?: to (?:"(.+)"|<\w+>))?(?:,|$)/.exec(at.message) ?? [];
    if (kind) return { kind, what: what ?? "" };
  }
  return undefined;
}

function permissionText({ kind, what }: { kind: string; what: string }, stateDir: string, dryRun: boolean): string {
  if (!["net", "read", "write", "env", "run"].includes(kind)) {
    return `it needs the Deno permission "${kind}", which no file: sink gets: make it an exec: sink`;
  }
  if (what === "") {
    return `it needs the Deno permission "${kind}" for everything, which no file: sink gets: let it ask for what it needs by name`;
  }
  const path = kind === "read" || kind === "write";
  const grant = `${kind}=${path && !what.startsWith("/") ? join(stateDir, what) : what}`;
  if (dryRun && kind !== "read" && kind !== "env") {
    return `it asks in a dry run for "${grant}": a sink that declares "dryRun" sends and writes nothing in one`;
  }
  return `it lacks a permission: add "${grant}" to "allow" in its entry`;
}

function isRetryable(error: unknown): boolean {
  try {
    return (error as { retryable?: unknown } | null)?.retryable === true;
  } catch {
    return false;
  }
}

function oneLine(error: unknown): string {
  const text = error instanceof Error
    ? safeText(error.message) || error.name
    : typeof error === "string"
    ? error
    : `it threw no error but ${safeText(error)}`;
  return text.trim().split("\n")[0]!.slice(0, 500) || "an error without a message";
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "none";
  return typeof value === "object" ? "an object" : typeof value === "function" ? "a function" : JSON.stringify(value);
}

/** Text of whatever a sink gives, which may be an object that refuses to be one. */
function safeText(value: unknown): string {
  try {
    return typeof value === "object" && value !== null ? JSON.stringify(value) ?? "an object" : String(value);
  } catch {
    return "a value that cannot be shown";
  }
}

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
