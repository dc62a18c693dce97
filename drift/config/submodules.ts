/**
 * Submodules of git that are not checked out: their folders are empty, and what they hold is not there to be found.
 *
 * @module
 */

import { basename, dirname, join, relative } from "node:path";
import type { PassedOver } from "./discovery.ts";

/**
 * The submodules at and below a folder that are not checked out, by the `.gitmodules` of the checkout that it lies in.
 *
 * @param root Absolute path.
 */
export async function missingSubmodules(root: string): Promise<PassedOver[]> {
  const top = await Deno.realPath(root).catch(() => root);
  for (let dir = top;; dir = dirname(dir)) {
    const text = await Deno.readTextFile(join(dir, ".gitmodules")).catch(() => undefined);
    if (text !== undefined) return await emptyOf(text, dir, top, basename(root));
    if (dir === dirname(dir)) return [];
  }
}

async function emptyOf(gitmodules: string, checkout: string, root: string, rootName: string): Promise<PassedOver[]> {
  const found: PassedOver[] = [];
  for (const [, written] of gitmodules.matchAll(/^[ \t]*path[ \t]*=[ \t]*(.+?)[ \t]*\r?$/gm)) {
    const real = join(checkout, written!), path = relative(root, real);
    if (path.startsWith("..") || !await isEmpty(real)) continue;
    found.push({ name: path === "" ? rootName : path.replaceAll("/", "."), path, real, why: "submodule" });
  }
  return found;
}

async function isEmpty(folder: string): Promise<boolean> {
  try {
    for await (const _ of Deno.readDir(folder)) return false;
    return true;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}
