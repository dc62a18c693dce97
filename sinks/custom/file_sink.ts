/**
 * `file:` sinks: a module of the user's, in a child of our own program that holds only the permissions its entry grants.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { formatDuration } from "../../lib/duration.ts";
import { cleanEnv, endingText, type SinkChild, startChild } from "./child.ts";
import { type Answer, type Done, type Failed, Lines, type Opened, type Order, type Request } from "./child_protocol.ts";
import type { Probe, Sink, SinkLog } from "../sink.ts";

/** How our own program is started again. */
export interface Program {
  /** `Deno.execPath()`. */
  execPath: string;
  /** `Deno.build.standalone`: a compiled binary, whose permissions cannot be narrowed. */
  standalone: boolean;
  /** `Deno.mainModule`: the source's entry point or the bundle. */
  mainModule: string;
}

/** What a `file:` sink is made of. */
export interface FileSettings {
  /** Absolute path of the module. */
  path: string;
  /** Handed on as they are. */
  options: Record<string, unknown>;
  /** Permissions, as `net=HOST`. */
  allow: readonly string[];
  /** Names of variables that it may read; as `env=NAME` in `allow`. */
  env: readonly string[];
  /** What relative paths in `allow` start at. */
  base: string;
  /** Our own environment. */
  ownEnv: Record<string, string>;
  /** The sink's place to keep what it must, and its working directory. */
  stateDir: string;
  /** Absolute paths that it may not read, though they lie in its own folder, but where `allow` grants them. */
  withheld: readonly string[];
  /** Nothing is written or sent, and a module that does not declare `dryRun` is not created. */
  dryRun: boolean;
  /** For what the sink says. */
  log: SinkLog;
  /** Our own program. */
  program: Program;
  /** How long the module may take to load and to be created, in milliseconds. */
  openMs: number;
}

/** The file is no sink, or its options are wrong. */
export class SinkContractError extends Error {
  /** Tells it from a sink that fails. */
  override name = "SinkContractError";
}

/** Heap of the child, in MiB. */
const HEAP_MIB = 256;

/** What a sink may say in one life, in characters; a message counts as no less than {@linkcode LEAST}. */
const SAYS = 65_536, LEAST = 256;

/** The longest answer, in characters; ours have a few hundred, whoever writes more writes something else. */
const LONGEST_ANSWER = 1_048_576;

const LEVELS: readonly (keyof SinkLog)[] = ["debug", "info", "warn", "error"];

/** How long an aborted delivery may take to wind up, and a sink to close, in milliseconds. */
const ABORT_MS = 100, CLOSE_MS = 2000;

/** What Deno itself needs to find its cache and to reach the network; a sink cannot read them without permission. */
const DENO_ENV = [
  ...["DENO_DIR", "XDG_CACHE_HOME", "DENO_CERT", "DENO_TLS_CA_STORE", "SSL_CERT_FILE"],
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"],
];

/**
 * Starts the child, loads the module in it, has the options checked and the sink created.
 *
 * @throws {SinkContractError} where the file is no sink or its options are wrong
 * @throws {Error} where it fails in whatever other way; nothing of it is left then
 */
export async function openFileSink(settings: FileSettings): Promise<Sink> {
  const { path, options, env, base, ownEnv, stateDir, withheld, dryRun, log, program } = settings;
  const grants = grantsOf(settings.allow, base);
  const names = [...env, ...grants.env];
  // The module may be a symbolic link: it imports from beside the link, and Deno asks for where the file really is.
  const folders = [dirname(path), dirname(await Deno.realPath(path))];
  const hasState = await Deno.stat(stateDir).then(({ isDirectory }) => isDirectory, () => false);
  const args = childArgs(program, { ...grants, env: names }, { folders, stateDir, withheld, dryRun });
  const peer = new Peer(log, (onAnswer) =>
    startChild(program.execPath, args, {
      cwd: hasState ? stateDir : dirname(path),
      env: { ...cleanEnv(ownEnv, [...DENO_ENV, ...names]), NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      onAnswer,
    }));
  let opened: Opened;
  try {
    const order = { do: "open", module: pathToFileURL(path).href, options, dryRun, stateDir } as const;
    opened = (await peer.askWithin(settings.openMs, "load", order)).opened!;
    if (opened.skipped) await peer.close();
  } catch (error) {
    await peer.end();
    throw error;
  }
  if (opened.skipped) {
    return { deliver: () => log.info(`"${path}" is not started in a dry run: it does not declare "dryRun"`) };
  }
  return {
    deliver: async (report, signal) => void await peer.ask({ do: "deliver", report }, signal),
    ...(opened.settled && {
      settled: async (outcomes, report, signal) => void await peer.ask({ do: "settled", outcomes, report }, signal),
    } satisfies Partial<Sink>),
    ...(opened.probe && {
      probe: async (signal) => (await peer.ask({ do: "probe" }, signal)).probed!,
    } satisfies Partial<Sink>),
    close: () => peer.close(),
  };
}

/** One child, and the questions that are open. */
class Peer {
  readonly #child: SinkChild;
  readonly #lines = new Lines(LONGEST_ANSWER);
  readonly #open = new Map<number, PromiseWithResolvers<Done>>();
  #next = 1;
  #said = 0;
  #ended: Error | undefined;
  #isGivenUp = false;

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

/** What a child may do, by kind. */
export type Grants = Record<"net" | "read" | "write" | "env" | "run", string[]>;

/** Sorts `net=HOST` and the like; relative paths start at `base`. */
function grantsOf(allow: readonly string[], base: string): Grants {
  const grants: Grants = { net: [], read: [], write: [], env: [], run: [] };
  for (const grant of allow) {
    const [, kind, what] = /^(net|read|write|env|run)=(.+)$/s.exec(grant) ?? [];
    if (!kind || !what) throw new SinkContractError(`"allow" must hold permissions as "net=HOST", got "${grant}"`);
    const path = kind === "read" || kind === "write" || (kind === "run" && what.includes("/"));
    grants[kind as keyof Grants].push(path ? resolve(base, what) : what);
  }
  return grants;
}

/**
 * The command line of the child, which may read the sink's own `folders`. In a dry run it holds no permission by which anything could be
 * written or sent.
 *
 * @throws {SinkContractError} where a grant cannot be put into a command line
 */
export function childArgs(
  { standalone, mainModule }: Program,
  grants: Grants,
  { folders, stateDir, withheld, dryRun }: {
    folders: string[];
    stateDir: string;
    withheld: readonly string[];
    dryRun: boolean;
  },
): string[] {
  const command = ["__sink"];
  if (standalone) return command;
  const { net, run, read, write, env } = grants;
  const permissions = {
    read: [...folders, stateDir, ...read],
    env,
    ...(dryRun ? {} : { net, run, write: [stateDir, ...write] }),
  };
  const isIn = (path: string, folders: string[]) => folders.some((one) => path === one || path.startsWith(`${one}/`));
  const denied = withheld.filter((path) => isIn(path, folders) && !read.includes("/") && !isIn(path, read));
  const lists = [
    ...Object.entries(permissions).map(([kind, list]) => [`allow-${kind}`, list] as const),
    ["deny-read", denied] as const,
  ];
  const flags = lists.filter(([, list]) => list.length > 0).map(([flag, list]) => {
    // Deno 2.9.6 splits at every comma, so the parts would be granted.
    const split = list.find((one) => one.includes(","));
    if (split) {
      const verb = flag === "deny-read" ? "withhold" : "grant";
      const what = `${flag.slice(flag.indexOf("-") + 1)}=${split}`;
      throw new SinkContractError(`Deno cannot ${verb} "${what}", for the comma in it: use another path`);
    }
    return `--${flag}=${[...new Set(list)].join(",")}`;
  });
  return [
    ...["run", "-q", "--no-prompt", "--cached-only", "--frozen", "--deny-import", "--deny-ffi"],
    `--v8-flags=--max-old-space-size=${HEAP_MIB}`,
    ...flags,
    mainModule,
    ...command,
  ];
}
