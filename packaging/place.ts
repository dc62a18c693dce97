/**
 * Installs and removes single files. It writes only files that differ, ignores the umask, and never follows a symbolic
 * link.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "../lib/atomic_file.ts";
import type { Item } from "./layout.ts";

/** What happened to a file, or would happen. */
export type Fate = "new" | "changed" | "same" | "kept";

/** Reads the content of an item. */
export async function bytesOf({ content }: Item): Promise<Uint8Array<ArrayBuffer>> {
  return typeof content === "string" ? new TextEncoder().encode(content) : await Deno.readFile(content.from);
}

/**
 * Installs an item below `root`.
 *
 * @param write If false, nothing is written, and the result says what would happen.
 */
export async function place(item: Item, root: string, write: boolean): Promise<Fate> {
  const path = join(root, item.path);
  const there = await Deno.lstat(path).catch(absent);
  if (there && item.isConfig) return "kept";
  const bytes = await bytesOf(item);
  const isSame = there?.isFile && there.size === bytes.length && (there.mode! & 0o7777) === item.mode &&
    Buffer.compare(await Deno.readFile(path), bytes) === 0;
  if (isSame) return "same";
  if (write) {
    await makeFolders(dirname(path));
    await writeFileAtomic(path, bytes, { mode: item.mode });
  }
  return there ? "changed" : "new";
}

/** Removes a file below `root`, and folders of our name that are empty then. Returns whether the file existed. */
export async function takeAway(path: string, root: string, write: boolean): Promise<boolean> {
  const full = join(root, path);
  if (!await Deno.lstat(full).catch(absent)) return false;
  if (!write) return true;
  await Deno.remove(full);
  for (let folder = dirname(path); folder.includes("/pve-drift"); folder = dirname(folder)) {
    // A folder that is not empty stays, and so do those above it.
    if (!await Deno.remove(join(root, folder)).then(() => true, () => false)) break;
  }
  return true;
}

/** Makes a folder and those above it, each with mode 0755. */
async function makeFolders(folder: string): Promise<void> {
  if (await Deno.stat(folder).catch(absent)) return;
  await makeFolders(dirname(folder));
  await Deno.mkdir(folder);
  await Deno.chmod(folder, 0o755);
}

function absent(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
