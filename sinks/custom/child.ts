/**
 * The supervised child that `file:` and `exec:` sinks run in: a process group of its own, a clean environment, limited
 * memory, output that is captured and capped, and nothing left of the group when it ends.
 *
 * A Worker would not do: umask, working directory, heap and standard output of a Worker are the main process's own.
 *
 * @module
 */

import { type Exit, type Grace, superviseGroup } from "../../lib/process.ts";

/** How much of each output is kept, in bytes: its end. The rest is read and dropped. */
export const OUTPUT_CAP = 65_536;

/**
 * The most data that a process of a sink may hold, in KiB (`RLIMIT_DATA`). V8 alone reserves 540 MiB of it for code
 * that is never made (Deno 2.9.6), so this leaves about 1 GiB.
 */
const DATA_LIMIT_KIB = 1_572_864;

/** The most seconds of processor time: what outlives us, because we were killed, does not run for ever. */
const CPU_SECONDS = 900;

/** From SIGTERM to SIGTERM to SIGKILL. A sink at its deadline has had its time; this is for its clean-up. */
const GRACE: Grace = { termMs: 250, killMs: 250 };

/** What a program may leave running for a moment after its own end, in milliseconds: the rest of a shell's pipe. */
const SETTLE_MS = 50;

/** How long output is read when the group is gone, in milliseconds: a process that left the group may hold the pipes. */
const LATE_OUTPUT_MS = 200;

/** How to start a child. */
export interface ChildOptions {
  /** Working directory. */
  cwd: string;
  /** All of its environment. */
  env: Record<string, string>;
  /**
   * Takes what the child answers on its file descriptor 3. With it, what is sent arrives on file descriptor 4, standard
   * input is empty, and standard output is captured with standard error: whatever the child does with these three is no
   * answer. Without it, what is sent is its standard input.
   */
  onAnswer?: (chunk: Uint8Array<ArrayBuffer>) => void;
}

/** A child that runs or has run. */
export interface SinkChild {
  /** Its process id, and its group's. */
  readonly pid: number;
  /** Sends to the child; one that reads no more is no error here. Resolves when it is with the kernel. */
  send(text: string): Promise<void>;
  /** Ends what is sent, and with it the child's input. */
  endSending(): Promise<void>;
  /** The end of what it wrote to standard output; with `onAnswer` empty. */
  stdout(): string;
  /** The end of what it wrote to standard error; with `onAnswer` to standard output too. */
  stderr(): string;
  /** SIGTERM to the group, and SIGKILL soon after. */
  stop(): void;
  /** SIGKILL to the group. */
  kill(): void;
  /** Resolves when it has ended, nothing of its group is left, and its output is read. */
  readonly ended: Promise<Exit>;
}

// The shell sets what only a process can set for itself, then becomes the program: the process id stays. A limit that
// cannot be set was lower before. A core file would hold the report.
const LIMITS = [
  "ulimit -c 0 2>/dev/null",
  `ulimit -d ${DATA_LIMIT_KIB} 2>/dev/null`,
  `ulimit -t ${CPU_SECONDS} 2>/dev/null`,
  // Variables that a shell adds.
  "unset PWD OLDPWD SHLVL _",
  'exec "$@"',
].join("; ");
const SIDE_CHANNEL = "3>&1 1>&2 4<&0 0</dev/null";

/**
 * Starts a program.
 *
 * @param program Absolute path.
 * @throws {Error} where no process can be started, as when `cwd` is missing
 */
export function startChild(program: string, args: string[], options: ChildOptions): SinkChild {
  const { cwd, env, onAnswer } = options;
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", onAnswer ? `${LIMITS} ${SIDE_CHANNEL}` : LIMITS, "sh", program, ...args],
    cwd,
    env,
    clearEnv: true,
    detached: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stop = new AbortController();
  const kill = new AbortController();
  const out = new Tail(OUTPUT_CAP);
  const err = new Tail(OUTPUT_CAP);
  const readers = [
    readAll(child.stdout, onAnswer ?? ((chunk) => out.add(chunk))),
    readAll(child.stderr, (chunk) => err.add(chunk)),
  ];
  const input = child.stdin.getWriter();
  input.closed.catch(() => {});

  const end = async (): Promise<Exit> => {
    const exit = await superviseGroup(child, stop.signal, { grace: GRACE, kill: kill.signal, settleMs: SETTLE_MS });
    const late = setTimeout(() => readers.forEach(({ cancel }) => cancel()), LATE_OUTPUT_MS);
    await Promise.all(readers.map(({ done }) => done));
    clearTimeout(late);
    await input.abort().catch(() => {});
    return exit;
  };

  return {
    pid: child.pid,
    send: (text) => input.write(new TextEncoder().encode(text)).catch(() => {}),
    endSending: () => input.close().catch(() => {}),
    stdout: () => out.text(),
    stderr: () => err.text(),
    stop: () => stop.abort(),
    kill: () => kill.abort(),
    ended: end(),
  };
}

/** The environment of a child: what programs cannot do without, and what was named, as far as it is set. */
export function cleanEnv(own: Record<string, string>, names: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of ["PATH", "HOME", "LANG", ...names]) {
    const value = own[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** The last line that is not empty, trimmed; empty where there is none. */
export function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1)!.trim();
}

/** Why a child that should not have ended did, in one line: how it ended, and the last thing it said. */
export function endingText({ code, signal }: Exit, stderr: string): string {
  if (signal && /out of memory/i.test(stderr)) return "out of the memory that a sink may have";
  const last = lastLine(stderr);
  return `${signal ? `killed by ${signal}` : `exit code ${code}`}${last && `: ${last}`}`;
}

function readAll(stream: ReadableStream<Uint8Array<ArrayBuffer>>, take: (chunk: Uint8Array<ArrayBuffer>) => void) {
  const reader = stream.getReader();
  const read = async () => {
    try {
      for (let next = await reader.read(); !next.done; next = await reader.read()) take(next.value);
    } catch { /* the pipe broke: what was read is all there is */ }
  };
  return { done: read(), cancel: () => void reader.cancel().catch(() => {}) };
}

/** Keeps the end of what is added, at the cost of twice its cap. */
class Tail {
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #length = 0;

  constructor(readonly cap: number) {}

  add(chunk: Uint8Array<ArrayBuffer>): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length > 2 * this.cap) this.#compact();
  }

  text(): string {
    this.#compact();
    return new TextDecoder().decode(this.#chunks[0]);
  }

  #compact(): void {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    const kept = all.slice(-this.cap);
    this.#chunks = [kept];
    this.#length = kept.length;
  }
}
