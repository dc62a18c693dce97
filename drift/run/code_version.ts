/**
 * Which code a check compares: the commit that is checked out in the environment's folder, and whether it is changed or old.
 *
 * @module
 */

import { basename, dirname, resolve } from "node:path";
import { type GitStatus, gitStatus } from "../../lib/git_status.ts";
import { many } from "../../lib/many.ts";
import type { Environment } from "../config/config.ts";
import { isCode, isOfTools, scanFolders } from "../config/folder_scan.ts";
import type { CodeVersion, Diagnostic } from "../report.ts";

/** What a check says of its code. */
export interface CodeFound {
  /** Absent where the folder is in no checkout, or Git cannot tell. */
  code?: CodeVersion;
  /** The checkout is behind its upstream. */
  warnings: Diagnostic[];
}

/** The time that Git has, in milliseconds; it runs beside terraform, which takes longer. */
const LONGEST_MS = 5_000;
/** More local modules than any environment calls. */
const MOST_FOLDERS = 1_000;

/** Asks Git. Never rejects: what it cannot tell is left out. */
export async function codeVersion(
  { dir, varFiles }: Pick<Environment, "dir" | "varFiles">,
  { inherited, stop }: { inherited: Record<string, string>; stop: AbortSignal },
): Promise<CodeFound> {
  try {
    const folders = await foldersRead(dir);
    const files = await Promise.all(varFiles.map((file) => realPathOf(resolve(dir, file))));
    const limit = AbortSignal.any([stop, AbortSignal.timeout(LONGEST_MS)]);
    const status = await gitStatus(dir, [...folders, ...files], inherited.PATH, limit);
    if (!status) return { warnings: [] };
    const { commit, branch, upstream } = status;
    const dirty = status.files?.some((file) => isRead(file, folders, files));
    return {
      code: {
        ...commit === undefined ? {} : { commit },
        ...branch === undefined ? {} : { branch },
        ...dirty === undefined ? {} : { dirty },
      },
      warnings: upstream && upstream.behind > 0 ? [behindWarning(status.top, upstream.name, upstream.behind)] : [],
    };
  } catch {
    return { warnings: [] };
  }
}

/** The environment's folder and those of its local modules, and of theirs; links resolved. */
async function foldersRead(dir: string): Promise<string[]> {
  const found = [await Deno.realPath(dir)];
  for (let at = 0; at < found.length && at < MOST_FOLDERS; at++) {
    const [folder] = await scanFolders(found[at]!, 0).catch(() => []);
    found.push(...(folder?.calls ?? []).filter((call) => !found.includes(call)));
  }
  return [...new Set(found)];
}

async function realPathOf(path: string): Promise<string> {
  return await Deno.realPath(path).catch(() => path);
}

/**
 * Whether the environment reads a file: what lies in its folders, of new files only code and values, and what code may load
 * from below them. Code below them is another environment's.
 */
function isRead(
  { path, isTracked }: NonNullable<GitStatus["files"]>[number],
  folders: readonly string[],
  files: readonly string[],
): boolean {
  if (files.includes(path)) return true;
  const name = basename(path);
  if (isCode(name) || /^terraform\.tfvars(?:\.json)?$|\.auto\.tfvars(?:\.json)?$/.test(name)) {
    return folders.includes(dirname(path));
  }
  if (!isTracked || /^(?!\.terraform\.lock\.hcl$)\.|\.md$/i.test(name) || path.split("/").some(isOfTools)) return false;
  return folders.some((folder) => path.startsWith(`${folder}/`));
}

function behindWarning(top: string, upstream: string, behind: number): Diagnostic {
  return {
    severity: "warning",
    summary: `The code is behind "${upstream}" by ${many(behind, "commit")}, as it was last fetched`,
    detail: `The check compares with the code that is checked out. For the newer one, run git pull in "${top}".`,
  };
}
