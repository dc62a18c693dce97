/**
 * Who could have put something else in the place of a file that we are about to believe or to run.
 *
 * @module
 */

import { dirname, join, resolve } from "node:path";

const STICKY = 0o1000, GROUP_WRITE = 0o020, OTHER_WRITE = 0o002;

/**
 * Refuses a file that somebody else could have changed: one that belongs to neither root nor the caller, or that others
 * may write. Write access of a group counts, unless the group is root's or bears the owner's own number (the private
 * group that Debian and others give each user, whose umask then lets the group write). Symbolic links are followed: what
 * they lead to counts. Folders on the way are refused only where everybody may replace what is in them, which the sticky
 * bit prevents.
 *
 * @param path A file or folder; a relative one starts at the working directory.
 * @param uid The caller's user number.
 * @throws {Error} that names the path, whose it is or who may write it, and the command that cures it; or why nobody knows.
 * @throws {Deno.errors.NotFound} where there is nothing to trust.
 */
export async function refuseIfUntrusted(path: string, uid: number): Promise<void> {
  try {
    const target = await Deno.realPath(path);
    const named = target === resolve(path) ? `"${target}"` : `"${path}" (really "${target}")`;
    await refuseFile(target, named, uid);
    const folders = new Set([...foldersAbove(target), ...foldersAbove(join(await Deno.realPath(dirname(path)), "-"))]);
    for (const folder of folders) await refuseFolder(folder, named);
  } catch (error) {
    if (error instanceof Untrusted || error instanceof Deno.errors.NotFound) throw error;
    throw new Error(`Cannot trust "${path}": ${(error as Error).message}`);
  }
}

class Untrusted extends Error {}

async function refuseFile(target: string, named: string, uid: number): Promise<void> {
  const { uid: owner, gid: group, mode } = await Deno.stat(target);
  if (owner !== 0 && owner !== uid) {
    const wanted = uid === 0 ? "root" : `root or user ${uid}`;
    const cure = `if its content is what it should be, run "chown ${uid === 0 ? "root" : uid} ${target}"`;
    throw new Untrusted(`Cannot trust ${named}: must belong to ${wanted}, belongs to user ${owner}; ${cure}`);
  }
  const everybody = mode! & OTHER_WRITE;
  if (everybody || (mode! & GROUP_WRITE && group !== 0 && group !== owner)) {
    const writer = everybody ? "everybody" : `group ${group}`;
    const cure = `if its content is what it should be, run "chmod go-w ${target}"`;
    throw new Untrusted(`Cannot trust ${named}: must be writable by its owner only, ${writer} may write it; ${cure}`);
  }
}

async function refuseFolder(folder: string, named: string): Promise<void> {
  const mode = (await Deno.stat(folder)).mode!;
  if (!(mode & OTHER_WRITE) || mode & STICKY) return;
  const cure = `run "chmod o-w ${folder}", or keep the file elsewhere`;
  throw new Untrusted(`Cannot trust ${named}: everybody may replace what is in "${folder}"; ${cure}`);
}

function* foldersAbove(path: string): Iterable<string> {
  for (let folder = dirname(path), last = path; folder !== last; folder = dirname(folder)) yield last = folder;
}
