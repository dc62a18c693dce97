/**
 * Records at the end of a file that several processes write to: each whole or not at all, none mixed with another.
 *
 * @module
 */

import { constants, type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { delay } from "@std/async/delay";

/** Options of {@linkcode appendRecord}. */
export interface AppendOptions {
  /** Permission bits of the file, whatever the umask, as `0o640`. */
  mode: number;
  /** Ends the waiting for another writer. */
  signal: AbortSignal;
}

/** The line that closes what a killed writer left unfinished. */
export const CUT_MARK = "(cut off)";

class Refused extends Error {}

const LOCK_POLL_MS = 10;
// To read and write: the tail is read, and a FIFO of that name cannot hold us as one opened only to write would.
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

/**
 * Appends a record in one write, under an flock on the file. A last line without newline is closed with
 * {@linkcode CUT_MARK} first. Where not all of the record fits, what was written is taken back.
 *
 * @param path A regular file, or nothing yet; a symbolic link is refused.
 * @param record Text that ends in a newline.
 * @throws {Error} that names the file and what to do; the file is then as it was
 */
export async function appendRecord(path: string, record: string, { mode, signal }: AppendOptions): Promise<void> {
  let file: FileHandle | undefined;
  try {
    await refuseOther(path);
    file = await open(path, FLAGS, mode);
    const { mode: found, ...id } = await regular(file);
    refuseReplaced(id, await Deno.lstat(path));
    // Before the lock, which needs the right to read. Not the owner: then the file's mode is not ours to set.
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
 * O_NOFOLLOW alone would do, had Deno not resolved the path itself before where its write permission is a list of paths
 * (seen with 2.9.6).
 */
async function refuseOther(path: string): Promise<void> {
  try {
    const { isFile, isSymlink, isDirectory } = await Deno.lstat(path);
    if (isSymlink) throw new Refused("it is a symbolic link, which is not followed: remove it");
    if (isDirectory) throw new Refused("it is a folder: move it away");
    if (!isFile) throw new Refused("it is not a regular file: move it away");
  } catch (error) {
    // Whatever else is wrong, opening it says so.
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

/** Takes the lock on a second handle, since only Deno's own has flock. */
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
  const { code, message } = cause as { code?: string; message: string };
  switch (code) {
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
      return message;
  }
}
