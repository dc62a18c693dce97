/**
 * Finds out whether files can be created in a folder, without creating one.
 *
 * @module
 */

import { open } from "node:fs/promises";
import { messageOf } from "./message_of.ts";

// Deno's access() looks at the permission bits alone, which are wrong for root, groups and read-only mounts.
const O_TMPFILE_WRONLY = 0o20200001;

/**
 * Why no file can be created in a folder, to end the sentence "… because it"; `undefined` if one can. Tries with a file that
 * never gets a name (O_TMPFILE of Linux), so the folder does not change, nor do its times. On a file system without such
 * files, only reasons that are certain are given.
 */
export async function whyNotWritable(folder: string): Promise<string | undefined> {
  try {
    if (!(await Deno.stat(folder)).isDirectory) return "is not a folder";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "does not exist";
    return `cannot be read (${messageOf(error)})`;
  }
  try {
    await (await open(folder, O_TMPFILE_WRONLY, 0o600)).close();
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EACCES" || code === "EPERM") return `is not writable for this user (uid ${Deno.uid()})`;
    if (code === "EROFS") return "is on a read-only file system";
  }
  return undefined;
}
