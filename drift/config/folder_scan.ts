/**
 * Looks through a tree of folders for Terraform and OpenTofu code.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { messageOf } from "../../lib/message_of.ts";
import { codeFacts, type RootBlock } from "./code_facts.ts";
import { UsageError } from "../usage_error.ts";

/** What lies in one folder. */
export interface ScannedFolder {
  /** From the root of the search, as it is written, links not resolved; empty for the root itself. */
  path: string;
  /** Absolute, links resolved. */
  real: string;
  /** It holds `*.tf` or `*.tf.json`. */
  hasTerraform: boolean;
  /** It holds `*.tofu` or `*.tofu.json`. */
  hasTofu: boolean;
  /** It holds `terragrunt.hcl` or `terragrunt.stack.hcl`, or one of them in JSON. */
  hasTerragrunt: boolean;
  /** It holds files of a Terraform Stack. */
  hasStack: boolean;
  /** It holds a dependency lock file. */
  hasLockFile: boolean;
  /** It holds a state. */
  hasState: boolean;
  /** Blocks of its code that only the root of an environment should have. */
  rootBlocks: RootBlock[];
  /** Absolute paths of the modules that its code calls; `${…}` stands for a part that is not known. */
  calls: string[];
  /** Why it, or a file of code in it, could not be read. */
  problem?: string;
}

/** Folders of tools: what lies in them are copies, or nobody's environments. */
const OF_TOOLS = [".terraform", ".git", ".terragrunt-cache", "node_modules"];

/** Whether a file of this name is code that Terraform or OpenTofu reads. */
export function isCode(name: string): boolean {
  return CODE.test(name);
}

/** Whether a folder of this name is a tool's. */
export function isOfTools(name: string): boolean {
  return OF_TOOLS.includes(name);
}

const CODE = /^[^.].*\.(tf|tofu)(\.json)?$/;
const TERRAGRUNT = /^terragrunt(?:\.stack)?\.hcl(?:\.json)?$/;
const STACK = /^[^.].*\.tf(?:component|stack|deploy)\.hcl$/;
const STATE = /^(?!\.).*\.tfstate$|^terraform\.tfstate\.d$/;

/** More folders than any estate has: somebody named the wrong root. */
const MOST_FOLDERS = 100_000;
/** Folders read at a time. */
const AT_A_TIME = 32;

/** A folder that is yet to be read. */
interface Way {
  path: string;
  /** It is a symbolic link. */
  isLink: boolean;
}

/**
 * Every folder at and below `root` that holds something of interest. Each real folder is there once: under the path that
 * follows the fewest links. A link to a folder that holds `root` is not followed.
 *
 * @param depth How many folders deep to look.
 * @returns Sorted by path; none where `root` does not exist.
 * @throws {Error} Where `root` is no folder or cannot be read.
 * @throws {UsageError} Where there are too many folders for an estate.
 */
export async function scanFolders(root: string, depth = Infinity): Promise<ScannedFolder[]> {
  let top: string;
  try {
    top = await Deno.realPath(root);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  const seen = new Set<string>();
  const found: ScannedFolder[] = [];
  let ways: Way[] = [{ path: "", isLink: false }], links: Way[] = [];
  // Folders come first and links last, so that a folder is known by its own name where it has one.
  while (ways.length > 0 || links.length > 0) {
    if (ways.length === 0) [ways, links] = [links.slice(0, 1), links.slice(1)];
    const batch = ways.splice(0, AT_A_TIME);
    for (const { folder, below } of await Promise.all(batch.map((way) => look(root, top, way, seen)))) {
      if (folder) found.push(folder);
      const next = below.filter(({ path }) => path.split("/").length <= depth);
      ways.push(...next.filter(({ isLink }) => !isLink));
      links.push(...next.filter(({ isLink }) => isLink));
    }
    if (seen.size > MOST_FOLDERS) {
      throw new UsageError(
        `Cannot look for environments in "${root}": more than ${MOST_FOLDERS} folders lie below it; ` +
          `name the folder that holds the code with --root DIR or "root" in pve-drift.json`,
      );
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Reads one folder; an answer without one means that there is nothing of interest, or that it was seen before. */
async function look(
  root: string,
  top: string,
  { path, isLink }: Way,
  seen: Set<string>,
): Promise<{ folder?: ScannedFolder; below: Way[] }> {
  const folder = emptyFolder(path, join(root, path));
  const below: Way[] = [];
  try {
    const real = await Deno.realPath(folder.real);
    if (isLink && (!(await Deno.stat(real)).isDirectory || `${top}/`.startsWith(`${real}/`))) return { below };
    if (seen.has(real)) return { below };
    seen.add(folder.real = real);
    await readEntries(folder, below);
  } catch (error) {
    if (path === "" || error instanceof UsageError) throw error;
    const leadsNowhere = isLink && !(error instanceof Deno.errors.PermissionDenied);
    // Straight below root it was an environment; further down, links of editors and package managers are like that.
    if (leadsNowhere && path.includes("/")) return { below };
    folder.problem = leadsNowhere ? "the link leads nowhere" : messageOf(error);
  }
  const { hasTerraform, hasTofu, hasTerragrunt, hasStack, problem } = folder;
  const isOfInterest = hasTerraform || hasTofu || hasTerragrunt || hasStack || problem !== undefined;
  return { ...isOfInterest ? { folder } : {}, below: below.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

function emptyFolder(path: string, real: string): ScannedFolder {
  return {
    path,
    real,
    hasTerraform: false,
    hasTofu: false,
    hasTerragrunt: false,
    hasStack: false,
    hasLockFile: false,
    hasState: false,
    rootBlocks: [],
    calls: [],
  };
}

/** Notes what lies in a folder, and in `below` the ways further down. */
async function readEntries(folder: ScannedFolder, below: Way[]): Promise<void> {
  const code: string[] = [];
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(folder.real)) {
    folder.hasState ||= STATE.test(name);
    if (isDirectory) {
      if (!isOfTools(name)) below.push({ path: join(folder.path, name), isLink: false });
      continue;
    }
    folder.hasTerragrunt ||= TERRAGRUNT.test(name);
    folder.hasStack ||= STACK.test(name);
    folder.hasLockFile ||= name === ".terraform.lock.hcl";
    if (CODE.test(name)) code.push(name);
    else if (isSymlink && !isOfTools(name)) below.push({ path: join(folder.path, name), isLink: true });
  }
  await readCode(folder, code);
}

async function readCode(folder: ScannedFolder, names: string[]): Promise<void> {
  const blocks = new Set<RootBlock>();
  for (const name of names.sort()) {
    const file = join(folder.real, name);
    try {
      const info = await Deno.stat(file).catch(() => undefined);
      if (info?.isDirectory) continue;
      if (/\.tofu(?:\.json)?$/.test(name)) folder.hasTofu = true;
      else folder.hasTerraform = true;
      // Such code is missing: a check must tell, so the folder must not pass for a module.
      if (!info) folder.problem ??= `"${name}" is a link that leads nowhere`;
      if (!info?.isFile) continue;
      const text = await Deno.readTextFile(file);
      // UTF-16, as PowerShell writes it: Terraform refuses it, and nobody can tell what blocks it has.
      if (text.includes("\0")) folder.problem ??= `"${name}" is no text in UTF-8`;
      const { rootBlocks, localSources } = codeFacts(text, name.endsWith(".json"));
      rootBlocks.forEach((block) => blocks.add(block));
      for (const source of localSources) folder.calls.push(await realPathOf(resolve(folder.real, source)));
    } catch (error) {
      folder.problem ??= `"${name}" cannot be read: ${messageOf(error)}`;
    }
  }
  folder.rootBlocks = [...blocks].sort();
}

async function realPathOf(path: string): Promise<string> {
  return await Deno.realPath(path).catch(() => path);
}
