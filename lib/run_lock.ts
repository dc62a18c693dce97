/**
 * Lets one run at a time work: a kernel lock on a file, which ends with the process that holds it, so that a crash leaves no
 * stale lock.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { messageOf } from "./message_of.ts";

/** Who holds the lock. Written to the lock file as JSON, for people. */
export interface Holder {
  /** Process id of the holder's main process. */
  pid: number;
  /** Host name; the lock works among the processes of one machine. */
  host: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** Its command line. */
  what: string;
}

/** Options of {@linkcode acquireRunLock}. */
export interface RunLockOptions {
  /** How long to wait for the holder, in milliseconds; 0 tries once. */
  waitMs: number;
  /** Ourselves. */
  holder: Holder;
  /** Called once, when the wait begins; without a holder if the file does not name one. */
  onWait?: (holder: Holder | undefined) => void;
  /** Ends the wait with its reason. */
  signal?: AbortSignal;
}

/** Somebody else held the lock until the wait was over. */
export class RunLockHeld extends Error {
  /** Tells it from other errors. */
  override readonly name = "RunLockHeld";

  /** Builds the message from both. */
  constructor(
    /** The lock file. */
    readonly file: string,
    /** Absent if the lock file does not name one. */
    readonly holder: Holder | undefined,
  ) {
    super(`Cannot lock "${file}": ${describe(holder)} holds it: wait for its end, or end it`);
  }
}

/**
 * Takes the lock, waiting for its holder if there is one. The file stays when the lock is released. Content that cannot be
 * read is no error: the lock is the kernel's, the content only tells people about it.
 *
 * @throws {RunLockHeld} The wait is over.
 * @throws {Error} The file cannot be opened or locked; names it, with the cause.
 * @throws The reason of `signal`.
 */
export async function acquireRunLock(file: string, options: RunLockOptions): Promise<{ release(): void }> {
  const end = performance.now() + options.waitMs;
  const handle = await open(file);
  try {
    for (let pause = 50, told = false; !await tryLock(handle, file); pause = Math.min(2 * pause, 500)) {
      const left = end - performance.now();
      if (left <= 0) throw new RunLockHeld(file, await readHolder(file));
      if (!told) options.onWait?.(await readHolder(file));
      told = true;
      await delay(Math.min(pause, left), options.signal ? { signal: options.signal } : {});
    }
    note(handle, JSON.stringify(options.holder) + "\n");
  } catch (error) {
    handle.close();
    throw error;
  }
  return {
    release() {
      note(handle, "");
      handle.close();
    },
  };
}

async function open(file: string): Promise<Deno.FsFile> {
  try {
    const info = await Deno.lstat(file).catch(() => undefined);
    if (info && !info.isFile) throw new Error("it is not a regular file");
    return await Deno.open(file, { read: true, write: true, create: true, mode: 0o600 });
  } catch (cause) {
    throw new Error(`Cannot open lock file "${file}": ${messageOf(cause)}`, { cause });
  }
}

async function tryLock(handle: Deno.FsFile, file: string): Promise<boolean> {
  try {
    return await handle.tryLock(true);
  } catch (cause) {
    throw new Error(`Cannot lock "${file}": ${messageOf(cause)}: put it on a local file system`, { cause });
  }
}

/** Best effort: the lock works on a full disk too. */
function note(handle: Deno.FsFile, text: string): void {
  try {
    handle.truncateSync(0);
    handle.writeSync(new TextEncoder().encode(text));
  } catch { /* nobody is told who holds it */ }
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    const { pid, host, startedAt, what } = JSON.parse(await Deno.readTextFile(file));
    const readable = typeof pid === "number" && [host, startedAt, what].every((value) => typeof value === "string");
    return readable ? { pid, host, startedAt, what } : undefined;
  } catch {
    return undefined;
  }
}

function describe(holder: Holder | undefined): string {
  if (!holder) return "another run";
  return `process ${holder.pid} on "${holder.host}", since ${holder.startedAt} (${holder.what}),`;
}
