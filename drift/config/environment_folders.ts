/**
 * Which folders hold environments.
 *
 * @module
 */

import { join } from "node:path";

const CODE = /^[^.].*\.(?:tf|tofu)(?:\.json)?$/;

/**
 * The sub-folders of a folder that hold Terraform or OpenTofu code, hidden ones left out, links followed. What cannot be
 * looked into (no permission, a link that leads nowhere) counts: left out, it would be an environment that nobody checks.
 *
 * @returns Names, sorted; none where the folder does not exist.
 * @throws {Error} Where the folder itself cannot be read.
 */
export async function environmentFolders(root: string): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const { name, isDirectory, isSymlink } of Deno.readDir(root)) {
      if (!name.startsWith(".") && (isDirectory || isSymlink) && await holdsCode(join(root, name))) found.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found.sort();
}

async function holdsCode(folder: string): Promise<boolean> {
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) if (!isDirectory && CODE.test(name)) return true;
    return false;
  } catch (error) {
    return !(error instanceof Deno.errors.NotADirectory);
  }
}
