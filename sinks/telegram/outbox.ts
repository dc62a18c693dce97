/**
 * Notices on their way to one recipient, kept on disk until they have been taken, and what the recipient has been told.
 *
 * A folder holds one file for each waiting notice, `0000000007.json`, and `taken.json`, the last one that was taken. Each
 * carries the state that holds once it is taken. So both steps are one operation of the file system: a notice and its
 * state are written together, and a notice that was taken is renamed to `taken.json`, which needs no space and works on a
 * full disk. What is missing between the numbers was dropped, and is told.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { join } from "node:path";
import { messageOf } from "../../lib/message_of.ts";
import { writeFileAtomic } from "../../lib/atomic_file.ts";

/** A notice that waits, or the last one that was taken. */
export interface Notice<State> {
  /** Counts from 1, without gaps as long as none is lost. */
  seq: number;
  /** When what it tells was found; ISO 8601, UTC. */
  at: string;
  /** As it is sent. */
  text: string;
  /** It is sent without a sound. */
  silent?: true;
  /** What the recipient knows once this notice is taken. */
  state: State;
}

/** Options of {@linkcode openOutbox}. */
export interface OutboxOptions<State> {
  /** Whether a value read from disk is a state. */
  isState: (value: unknown) => value is State;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Ends the waiting for another run that uses the folder. */
  signal: AbortSignal;
  /** How many notices may wait; the oldest are dropped for new ones. Default: 50. */
  capacity?: number;
}

/** An outbox that is open: no other run uses its folder until it is closed. */
export interface Outbox<State> extends Disposable {
  /** What the recipient knows once all that waits is taken; absent before the first notice. */
  readonly state: State | undefined;
  /** Oldest first. */
  readonly waiting: readonly Notice<State>[];
  /** What was found damaged and was set aside, one sentence each. */
  readonly problems: readonly string[];
  /** How many notices were dropped or lost before the oldest that waits. */
  readonly missing: number;
  /** Keeps a notice until it is taken. Throws where it cannot be written; everything is then as it was. */
  add(notice: Omit<Notice<State>, "seq">): Promise<void>;
  /** Records that the oldest was taken: it will never be given out again. Throws where that cannot be recorded. */
  taken(): Promise<void>;
  /** Records a notice that was taken though it could not be added. Throws where it cannot be written. */
  addTaken(notice: Omit<Notice<State>, "seq">): Promise<void>;
}

const VERSION = 1;
const TAKEN = "taken.json";
const LOCK = "lock";
const LOCK_POLL_MS = 100;
const DEFAULT_CAPACITY = 50;

/**
 * Opens the outbox in a folder, which is made where it is missing. A damaged file is set aside under its name and
 * `.damaged-TIMESTAMP`.
 *
 * @throws {Error} where the folder cannot be made, locked or read; names it, with the cause
 * @throws the reason of `signal`, while another run uses the folder
 */
export async function openOutbox<State>(dir: string, options: OutboxOptions<State>): Promise<Outbox<State>> {
  try {
    await Deno.mkdir(dir, { recursive: true, mode: 0o700 });
    await forceMode(dir, 0o700);
    const lock = await acquire(join(dir, LOCK), options.signal);
    try {
      return new OpenOutbox(dir, lock, options, await load(dir, options));
    } catch (error) {
      lock.close();
      throw error;
    }
  } catch (cause) {
    if (cause === options.signal.reason) throw cause;
    throw new Error(`Cannot use the outbox "${dir}": ${messageOf(cause)}`, { cause });
  }
}

/** A lock of the kernel's, gone with the process. Nothing is written to the file, so that a full disk does not matter. */
async function acquire(file: string, signal: AbortSignal): Promise<Deno.FsFile> {
  const handle = await Deno.open(file, { read: true, write: true, create: true, mode: 0o600 });
  await forceMode(file, 0o600);
  try {
    while (!await handle.tryLock(true)) {
      signal.throwIfAborted();
      await delay(LOCK_POLL_MS, { signal }).catch(() => signal.throwIfAborted());
    }
    return handle;
  } catch (error) {
    handle.close();
    throw error;
  }
}

/** Whatever the umask was at its creation. What belongs to another user is not ours to change, and works or does not. */
async function forceMode(path: string, mode: number): Promise<void> {
  await Deno.chmod(path, mode).catch(() => {});
}

interface Loaded<State> {
  last: Notice<State> | undefined;
  waiting: Notice<State>[];
  /** The highest number ever seen. */
  highest: number;
  /** Whether the number of the last one taken is known, so that a gap can be told. */
  counted: boolean;
  problems: string[];
}

async function load<State>(dir: string, { isState, now }: OutboxOptions<State>): Promise<Loaded<State>> {
  const loaded: Loaded<State> = { last: undefined, waiting: [], highest: 0, counted: true, problems: [] };
  const names: string[] = [];
  for await (const { name } of Deno.readDir(dir)) names.push(name);
  const read = async (name: string): Promise<Notice<State> | undefined> => {
    const path = join(dir, name);
    const text = await Deno.readTextFile(path);
    const { notice, problem } = parse(text, isState);
    if (notice) return notice;
    const aside = `${path}.damaged-${now()}`;
    await Deno.rename(path, aside);
    loaded.problems.push(`A notice in the outbox ${problem} and is set aside as "${aside}"`);
    return undefined;
  };
  for (const name of names.sort()) {
    const [, seq, damaged] = /^(\d{10})\.json(\.damaged-\d+)?$/.exec(name) ?? [];
    if (seq) loaded.highest = Math.max(loaded.highest, Number(seq));
    if (seq && !damaged) {
      const notice = await read(name);
      if (notice) loaded.waiting.push({ ...notice, seq: Number(seq) });
    } else if (name === TAKEN) loaded.last = await read(name);
    // What writers leave behind that were killed; we alone hold the folder.
    else if (name.startsWith(".") && name.endsWith(".tmp")) await Deno.remove(join(dir, name)).catch(() => {});
  }
  loaded.counted = loaded.last !== undefined || !names.some((name) => name.startsWith(TAKEN));
  loaded.highest = Math.max(loaded.highest, loaded.last?.seq ?? 0);
  // A kill cannot bring this about, but a restored backup can: what was taken is not sent again.
  loaded.waiting = loaded.waiting.filter(({ seq }) => seq > (loaded.last?.seq ?? 0));
  return loaded;
}

function parse<State>(
  text: string,
  isState: (value: unknown) => value is State,
): { notice?: Notice<State>; problem: string } {
  let value: Record<string, unknown> | null;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "was damaged" };
  }
  if (typeof value?.version === "number" && value.version !== VERSION) {
    return { problem: `has version ${value.version}, known is ${VERSION},` };
  }
  const { version, seq, at, text: said, silent, state } = value ?? {};
  if (
    version !== VERSION || !Number.isSafeInteger(seq) || (seq as number) < 1 || typeof at !== "string" ||
    typeof said !== "string" || said === "" || !isState(state) || (silent ?? true) !== true
  ) return { problem: "was damaged" };
  return {
    notice: { seq: seq as number, at, text: said, ...silent === true ? { silent: true } : {}, state },
    problem: "",
  };
}

class OpenOutbox<State> implements Outbox<State> {
  readonly #dir: string;
  readonly #lock: Deno.FsFile;
  readonly #capacity: number;
  readonly #loaded: Loaded<State>;

  constructor(dir: string, lock: Deno.FsFile, options: OutboxOptions<State>, loaded: Loaded<State>) {
    this.#dir = dir;
    this.#lock = lock;
    this.#capacity = options.capacity ?? DEFAULT_CAPACITY;
    this.#loaded = loaded;
  }

  get state(): State | undefined {
    return (this.#loaded.waiting.at(-1) ?? this.#loaded.last)?.state;
  }

  get waiting(): readonly Notice<State>[] {
    return this.#loaded.waiting;
  }

  get problems(): readonly string[] {
    return this.#loaded.problems;
  }

  get missing(): number {
    const { waiting, last, counted, highest } = this.#loaded;
    if (!counted) return 0;
    return (waiting[0]?.seq ?? highest + 1) - (last?.seq ?? 0) - 1;
  }

  async add(notice: Omit<Notice<State>, "seq">): Promise<void> {
    const { waiting } = this.#loaded;
    const numbered = { ...notice, seq: this.#loaded.highest + 1 };
    await this.#write(fileName(numbered.seq), numbered);
    this.#loaded.highest++;
    waiting.push(numbered);
    while (waiting.length > this.#capacity) {
      // One that cannot be removed is sent after all, which is no harm.
      const removed = await Deno.remove(join(this.#dir, fileName(waiting[0]!.seq))).then(() => true, () => false);
      if (!removed) break;
      waiting.shift();
    }
  }

  async taken(): Promise<void> {
    const notice = this.#loaded.waiting[0]!;
    const path = join(this.#dir, fileName(notice.seq));
    try {
      await Deno.rename(path, join(this.#dir, TAKEN));
    } catch (cause) {
      throw new Error(`Cannot record in "${path}" that the notice was taken: ${messageOf(cause)}`, { cause });
    }
    this.#settle(notice);
    this.#loaded.waiting.shift();
  }

  async addTaken(notice: Omit<Notice<State>, "seq">): Promise<void> {
    const numbered = { ...notice, seq: this.#loaded.highest + 1 };
    await this.#write(TAKEN, numbered);
    this.#loaded.highest++;
    this.#settle(numbered);
  }

  #settle(notice: Notice<State>) {
    this.#loaded.last = notice;
    this.#loaded.counted = true;
  }

  async #write(name: string, notice: Notice<State>): Promise<void> {
    const text = JSON.stringify({ version: VERSION, ...notice });
    await writeFileAtomic(join(this.#dir, name), `${text}\n`, { mode: 0o600 });
  }

  [Symbol.dispose]() {
    this.#lock.close();
  }
}

function fileName(seq: number): string {
  return `${String(seq).padStart(10, "0")}.json`;
}
