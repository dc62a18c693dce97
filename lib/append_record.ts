/**
 * Appends records to a file that several processes write to. Each record is written whole or not at all.
 *
 * @module
 */

import { constants, type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { delay } from "@std/async/delay";
import { messageOf } from "./message_of.ts";

/** Options of {@linkcode appendRecord}. */
export interface AppendOptions {
  /** Permission bits of the file, whatever the umask, as `0o640`. */
  mode: number;
  /** Stops waiting for another writer. */
  signal: AbortSignal;
}

/** The line that closes a record which a killed writer left unfinished. */
export const CUT_MARK = "(cut off)";

class Refused extends Error {}

const LOCK_POLL_MS = 10;
// Read access too: the tail is read, and opening a FIFO for writing alone would block until somebody reads it.
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

/**
 * Appends a record in one write, under an flock on the file. A last line without newline is closed with
 * {@linkcode CUT_MARK} first. If the whole record does not fit, the part that was written is removed again.
 *
 * @param path A regular file, or a file that does not exist yet; a symbolic link is refused.
 * @param record Text that ends in a newline.
 * @throws {Error} Names the file and what to do; the file is unchanged then.
 */
export async function appendRecord(path: string, record: string, { mode, signal }: AppendOptions): Promise<void> {
  let file: FileHandle | undefined;
  try {
    await refuseOther(path);
    file = await open(path, FLAGS, mode);
    const { mode: found, ...id } = await regular(file);
    refuseReplaced(id, await Deno.lstat(path));
    // Done before locking, which needs read access. Only the owner can set the mode.
    if ((found & 0o7777) !== mode) await file.chmod(mode).catch(() => {});
    using _lock = await locked(path, id, signal);
    await append(file, record);
  } catch (cause) {
    throw new Error(`Cannot write "${path}": ${explained(cause, path)}`, { cause });
  } finally {
    await file?.close();
  }
}

async function regular(file: FileHandle): Promise<{ mode: number; dev: number; ino: number; size: number }> {
  const stat = await file.stat();
  if (!stat.isFile()) throw new Refused("it is not a regular file: move it away");
  return stat;
}

/**
 * O_NOFOLLOW alone is not enough: with a list of paths as write permission, Deno resolves links itself before it opens the
 * file (seen with 2.9.6).
 */
async function refuseOther(path: string): Promise<void> {
  try {
    const { isFile, isSymlink, isDirectory } = await Deno.lstat(path);
    if (isSymlink) throw new Refused("it is a symbolic link, which is not followed: remove it");
    if (isDirectory) throw new Refused("it is a folder: move it away");
    if (!isFile) throw new Refused("it is not a regular file: move it away");
  } catch (error) {
    // Any other problem shows when the file is opened.
    if (error instanceof Refused) throw error;
  }
}

interface Identity {
  dev: number;
  ino: number | null;
}

function refuseReplaced(one: Identity, other: Identity): void {
  if (one.dev !== other.dev || one.ino !== other.ino) {
    throw new Refused("it was replaced while it was opened: run again");
  }
}

/** Takes the lock on a second handle: only Deno's own file handles have flock. */
async function locked(path: string, id: Identity, signal: AbortSignal): Promise<Deno.FsFile> {
  const lock = await Deno.open(path, { read: true });
  try {
    refuseReplaced(id, await lock.stat());
    while (!await lock.tryLock(true)) {
      if (signal.aborted) throw new Refused("another process holds its lock: find it with fuser");
      await delay(LOCK_POLL_MS);
    }
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

async function append(file: FileHandle, record: string): Promise<void> {
  const { size } = await regular(file);
  const data = new TextEncoder().encode(await isCut(file, size) ? `\n${CUT_MARK}\n${record}` : record);
  let written = 0;
  try {
    written = (await file.write(data, 0, data.length)).bytesWritten;
  } finally {
    if (written < data.length) await file.truncate(size);
  }
  if (written < data.length) {
    throw new Refused(`the disk is full, only ${written} of ${data.length} bytes fit: free some space`);
  }
}

async function isCut(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false;
  const last = new Uint8Array(1);
  await file.read(last, 0, 1, size - 1);
  return last[0] !== 0x0a;
}

function explained(cause: unknown, path: string): string {
  switch ((cause as { code?: string }).code) {
    case "ELOOP":
      return "it is a symbolic link, which is not followed: remove it";
    case "ENOENT":
      return `its folder does not exist: create it (mkdir -p "${dirname(path)}")`;
    case "EACCES":
    case "EPERM":
      return `permission denied: let this user (uid ${Deno.uid()}) write to it and its folder`;
    case "EROFS":
      return "the file system is read-only: name another folder";
    case "ENOSPC":
    case "EDQUOT":
      return "the disk is full: free some space";
    default:
      return messageOf(cause);
  }
}
