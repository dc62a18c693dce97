/**
 * The edit as a unified diff that `git apply` takes.
 *
 * @module
 */

import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { dirname, join, relative } from "node:path";

/** A file before and after. */
export interface ChangedFile {
  /** Absolute path. */
  path: string;
  /** What it says. */
  before: string;
  /** What it shall say. */
  after: string;
}

/** A patch of files, with paths from `base` on. */
export function writePatch(base: string, files: readonly ChangedFile[]): string {
  return files.toSorted((one, other) => one.path < other.path ? -1 : 1).map(({ path, before, after }) => {
    const name = relative(base, path);
    return createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, "", "", { headerOptions: FILE_HEADERS_ONLY });
  }).join("");
}

/** The folder that a patch's paths begin from: the checkout's, or where there is none, the one that has all files. */
export async function patchBase(dir: string, paths: readonly string[]): Promise<string> {
  const isIn = (base: string) => paths.every((path) => path.startsWith(base === "/" ? base : `${base}/`));
  for (let at = dir;; at = dirname(at)) {
    const isCheckout = await Deno.lstat(join(at, ".git")).then(() => true, () => false);
    if (isCheckout && isIn(at)) return at;
    if (at === dirname(at)) break;
  }
  let base = dir;
  while (!isIn(base)) base = dirname(base);
  return base;
}
