/**
 * Replaces files in one step, so that a reader never sees half of one.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { messageOf } from "./message_of.ts";

/** Options of {@linkcode writeFileAtomic}. */
export interface AtomicOptions {
  /** Permission bits of the result, whatever the umask, as `0o644`. */
  mode: number;
  /** Whose it becomes; absent: the caller's. */
  owner?: { uid: number; gid: number };
}

/**
 * Replaces the content of `path` durably: writes and syncs a temporary file in the same folder, then renames it. A symbolic
 * link at `path` is replaced, not followed. The temporary name ends in `.tmp`, because collectors such as node_exporter
 * read every file with their suffix, hidden ones too. The temporary file is removed on failure.
 *
 * @throws {Error} Names the file, with the cause; `path` is unchanged then.
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array, options: AtomicOptions): Promise<void> {
  const folder = dirname(path);
  const temp = join(folder, `.${basename(path)}.${crypto.randomUUID()}.tmp`);
  try {
    await writeSynced(temp, typeof data === "string" ? new TextEncoder().encode(data) : data);
    // First, since a change of owner may take bits of the mode away.
    if (options.owner) await Deno.chown(temp, options.owner.uid, options.owner.gid);
    await Deno.chmod(temp, options.mode);
    await Deno.rename(temp, path);
  } catch (cause) {
    await Deno.remove(temp).catch(() => {});
    throw new Error(`Cannot write "${path}": ${messageOf(cause)}`, { cause });
  }
  await syncFolder(folder);
}

/**
 * Removes temporary files that killed writers of `base` left in `dir`, if they are older than `olderThanMs` (default: an
 * hour). Never fails: a file that cannot be removed stays.
 */
export async function sweepTemps(dir: string, base: string, olderThanMs = 3_600_000): Promise<void> {
  try {
    for await (const { name } of Deno.readDir(dir)) {
      if (!name.startsWith(`.${base}.`) || !/^[0-9a-f-]{36}\.tmp$/.test(name.slice(base.length + 2))) continue;
      const path = join(dir, name);
      const { mtime, isFile } = await Deno.lstat(path);
      if (isFile && mtime && Date.now() - mtime.getTime() > olderThanMs) await Deno.remove(path);
    }
  } catch { /* they do no harm; the next run tries again */ }
}

async function writeSynced(path: string, data: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  for (let done = 0; done < data.length;) done += await file.write(data.subarray(done));
  await file.sync();
}

async function syncFolder(folder: string): Promise<void> {
  try {
    using handle = await Deno.open(folder);
    await handle.sync();
  } catch { /* not every file system can; the file itself is safe */ }
}
