/**
 * Finds out whether somebody else could have replaced a file that the program is about to trust or run.
 *
 * @module
 */

import { dirname, join, resolve } from "node:path";
import { messageOf } from "./message_of.ts";

const STICKY = 0o1000, GROUP_WRITE = 0o020, OTHER_WRITE = 0o002;

/**
 * Refuses a file that somebody else could have changed: one that belongs to neither root nor the caller, or that others
 * may write. A group that may write counts as others, unless it is root's or has the same number as the owner (Debian and
 * others give each user such a private group, and a umask that lets it write). Symbolic links are followed: the file they
 * lead to counts, and every link on the way must belong to root or the caller. So must every folder on the way, those of
 * links included, and none of them may be writable for everybody without the sticky bit.
 *
 * @param path A file or folder; a relative one starts at the working directory.
 * @param uid The caller's user number.
 * @throws {Error} Names the path, its owner or who may write it, and the command that fixes it.
 * @throws {Deno.errors.NotFound} There is no such file.
 */
export async function refuseIfUntrusted(path: string, uid: number): Promise<void> {
  try {
    const target = await Deno.realPath(path);
    const named = target === resolve(path) ? `"${target}"` : `"${path}" (really "${target}")`;
    await refuseFile(target, named, uid);
    const { folders, links } = await wayTo(resolve(path));
    for (const folder of folders) await refuseFolder(folder, named, uid);
    for (const link of links) await refuseLink(link, named, uid);
  } catch (error) {
    if (error instanceof Untrusted || error instanceof Deno.errors.NotFound) throw error;
    throw new Error(`Cannot trust "${path}": ${messageOf(error)}`);
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

async function refuseFolder(folder: string, named: string, uid: number): Promise<void> {
  const { uid: owner, mode } = await Deno.stat(folder);
  if (owner !== 0 && owner !== uid) {
    const cure = `run "chown ${uid === 0 ? "root" : uid} ${folder}", or keep the file elsewhere`;
    throw new Untrusted(`Cannot trust ${named}: user ${owner} may replace what is in "${folder}"; ${cure}`);
  }
  if (!(mode! & OTHER_WRITE) || mode! & STICKY) return;
  const cure = `run "chmod o-w ${folder}", or keep the file elsewhere`;
  throw new Untrusted(`Cannot trust ${named}: everybody may replace what is in "${folder}"; ${cure}`);
}

async function refuseLink(link: string, named: string, uid: number): Promise<void> {
  const { uid: owner } = await Deno.lstat(link);
  if (owner === 0 || owner === uid) return;
  const cure = `name the file itself, or run "chown -h ${uid === 0 ? "root" : uid} ${link}"`;
  throw new Untrusted(`Cannot trust ${named}: user ${owner} may point the link "${link}" elsewhere; ${cure}`);
}

/** Every folder and link that the system passes on its way to a file, links in the middle of the path included. */
async function wayTo(path: string): Promise<{ folders: Set<string>; links: Set<string> }> {
  const folders = new Set(["/"]), links = new Set<string>();
  const left = path.split("/");
  for (let at = "/"; left.length > 0;) {
    const part = left.shift()!;
    if (part === "" || part === ".") continue;
    const next = part === ".." ? dirname(at) : join(at, part);
    const { isSymlink, isDirectory } = await Deno.lstat(next);
    if (isSymlink) {
      links.add(next);
      const target = await Deno.readLink(next);
      left.unshift(...target.split("/"));
      if (target.startsWith("/")) at = "/";
    } else if (isDirectory) {
      folders.add(at = next);
    }
  }
  return { folders, links };
}
