/**
 * Whether files can be made in a folder, found out without making one.
 *
 * @module
 */

import { open } from "node:fs/promises";

// access(2) is no help: Deno's answers by the permission bits alone, which are wrong for root, groups and read-only mounts.
const O_TMPFILE_WRONLY = 0o20200001;

/**
 * Why no file can be made in a folder, to end the sentence "… because it"; `undefined` where one can. Asks with a file
 * that never gets a name (Linux' O_TMPFILE), so the folder stays as it is, its times included. Where a file system does
 * not know such files, only what is sure is said.
 */
export async function whyNotWritable(folder: string): Promise<string | undefined> {
  try {
    if (!(await Deno.stat(folder)).isDirectory) return "is not a folder";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "does not exist";
    return `cannot be read (${(error as Error).message})`;
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
